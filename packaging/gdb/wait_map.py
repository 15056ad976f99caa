"""gdb's pretty-printer for waitmap::wait_map: the values, and for each key without one who waits for it, and where.

    (gdb) source <prefix>/share/wait_map/gdb/wait_map.py
    (gdb) print map

It reads memory and debug information only, so it serves a live process and a core file alike. A process that is stopped
in the middle of a change of the map may show that change half done.
"""

import re

import gdb
import gdb.printing


def member(value, name, depth=20):
    """The member of this name: of the object, of its bases, or of what it has by value. None where there is none."""
    inner = []
    for field in value.type.strip_typedefs().fields():
        if not hasattr(field, "bitpos"):  # static
            continue
        if field.name == name and not field.is_base_class:
            return value[field]
        if field.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            inner.append(field)
    for field in inner if depth else []:
        found = member(value[field], name, depth - 1)
        if found is not None:
            return found
    return None


def static_member(value, name, depth=20):
    """Likewise, of the static members: the integer that a constant has."""
    for field in value.type.strip_typedefs().fields():
        if not hasattr(field, "bitpos"):
            if field.name == name:
                return int(value[field])
        elif depth and field.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            found = static_member(value[field], name, depth - 1)
            if found is not None:
                return found
    return None


def unwrap(stored):
    """What a stored<T> holds: itself, or what is in its box."""
    kind = stored.type.strip_typedefs().unqualified()
    if not (kind.name or "").startswith("waitmap::detail::boxed<"):
        return stored
    pointer = kind.template_argument(0).pointer()
    return stored["pointer_"].address.cast(pointer.pointer()).dereference().dereference()


def address_of_pointer(value):
    """The address in a pointer, which newer abseils wrap in a union."""
    return int(value if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR else value["p"])


class Table:
    """An absl::flat_hash_map. Its layout is told by the members that it has:

    | abseil         | control bytes           | elements             | capacity                                  |
    |----------------|-------------------------|----------------------|-------------------------------------------|
    | until 20220623 | ctrl_                   | slots_               | capacity_                                 |
    | until 20240116 | control_                | slots_               | capacity_                                 |
    | until 20260107 | heap_or_soo_.heap       | likewise: slot_array | capacity_                                 |
    | 20260526       | likewise                | likewise             | inline_data_.capacity_internal_: its log2 |
    | newer          | likewise                | behind the control   | likewise                                  |

    The newer ones keep a small element inline. Ours never is: it has three words at least, and room there is for two.
    """

    def __init__(self, table):
        self.table = table
        policy = next(
            kind for kind in self.bases(table.type)
            if re.match(r"absl::(\w+::)?container_internal::raw_hash_set<", kind.name or "")
        ).template_argument(0)
        self.key_type = policy.template_argument(0)
        self.slot_type = policy.template_argument(1)
        align = self.slot_type.alignof
        self.slot_offset = -(-self.key_type.sizeof // align) * align
        align = max(align, self.key_type.alignof)
        self.element_size = -(-(self.slot_offset + self.slot_type.sizeof) // align) * align

    @classmethod
    def bases(cls, kind):
        for field in kind.strip_typedefs().fields():
            if field.is_base_class:
                yield field.type
                yield from cls.bases(field.type)

    def find(self, *names):
        for name in names:
            found = member(self.table, name)
            if found is not None:
                return name, found
        return None, None

    def capacity(self):
        name, found = self.find("capacity_internal_", "capacity_")
        if found is None:
            raise gdb.GdbError("wait_map.py: this abseil's tables are unknown to it")
        return (1 << int(found)) - 1 if name == "capacity_internal_" else int(found)

    def size_of_one(self):
        """The size of a table of one element, in newer abseils, which keep no control byte of it. None in older ones."""
        bits = member(self.table, "data_")
        if bits is None:
            return None
        shift = static_member(self.table, "kSizeShift")
        if shift is None:  # not in every compiler's debug information: behind the seed and one bit more
            shift = 9 if self.find("capacity_internal_")[1] is not None else 17
        return int(bits) >> shift

    def layout(self):
        """The names of the members that say where elements are."""
        return ", ".join(
            name or "none"
            for name, found in (self.find("ctrl_", "control_", "control"), self.find("slots_", "slot_array"),
                                self.find("capacity_internal_", "capacity_")))

    def elements(self):
        """Key and slot of each."""
        capacity = self.capacity()
        if capacity == 0:
            return
        control = address_of_pointer(self.find("ctrl_", "control_", "control")[1])
        slots = self.find("slots_", "slot_array")[1]
        if slots is not None:
            start = address_of_pointer(slots)
        else:
            width = int(gdb.parse_and_eval("absl::container_internal::Group::kWidth"))
            start = control + (capacity + width if capacity > 1 else 0)
        size = self.size_of_one() if capacity == 1 else None
        if size is not None:
            full = range(size)
        else:
            marks = gdb.selected_inferior().read_memory(control, capacity).tobytes()
            full = (index for index, mark in enumerate(marks) if mark < 0x80)
        for index in full:
            at = start + index * self.element_size
            yield (gdb.Value(at).cast(self.key_type.pointer()).dereference(),
                   gdb.Value(at + self.slot_offset).cast(self.slot_type.pointer()).dereference())


class Waiters:
    """The list in a slot: who waits, in order, and who has claimed the key."""

    MARKS = 7  # beside the address of the first (waiter_list)

    def __init__(self, slot, policy):
        node = slot["last_"].type
        self.value_type = slot["value_"].type.strip_typedefs().unqualified()
        self.of_map = "%s, %s" % (slot.type.strip_typedefs().template_argument(0), policy)
        self.policy = str(policy)
        self.claim = None
        self.waits = []  # the places
        self.torn = False
        each = gdb.Value(int(slot["word_"]) & ~self.MARKS).cast(node)
        previous = 0
        while int(each) != 0:
            if int(each["previous"]) != previous:
                self.torn = True
                return
            place = self.place(each)
            if self.kind(each) == "claim":
                self.claim = place
            else:
                self.waits.append(place)
            previous = int(each)
            each = each["next"].cast(node)

    @staticmethod
    def kind(node):
        return str(node["kind"]).rpartition("::")[2]

    def place(self, node):
        """FILE:LINE of the call, as the kind of waiter keeps it (where_called)."""
        kind = self.kind(node)
        if kind == "claim":
            name, where = "claim_node<%s>" % self.policy, "where"
        elif kind == "visitor":
            name, where = "visitor_base<%s>" % self.of_map, "where"
        else:
            waiter = "waitmap::detail::waiter<%s>" % self.policy
            name, where = "with_result<%s, %s >" % (self.value_type, waiter), "where_"
        try:
            whole = gdb.lookup_type("waitmap::detail::" + name)
        except gdb.error:
            return "a place without debug information"
        location = gdb.Value(int(node)).cast(whole.pointer()).dereference()[where]
        pointer = location[next(field for field in location.type.fields() if hasattr(field, "bitpos"))]
        if int(pointer) == 0:
            return "an unknown place"
        if pointer.type.strip_typedefs().target().code == gdb.TYPE_CODE_VOID:  # libc++
            pointer = pointer.cast(gdb.lookup_type("std::source_location::__impl").pointer())
        implementation = pointer.dereference()
        return "%s:%d" % (implementation["_M_file_name"].string(), int(implementation["_M_line"]))

    def __str__(self):
        count = {}
        for place in self.waits:
            count[place] = count.get(place, 0) + 1
        text = "1 waiter" if len(self.waits) == 1 else "%d waiters" % len(self.waits)
        if len(count) == 1:
            text += " at " + next(iter(count))
        elif count:
            text += ": " + ", ".join("%d at %s" % (times, place) for place, times in count.items())
        if self.claim is not None:
            text = "claimed at %s; %s" % (self.claim, text)
        return text + ("; the list is being changed" if self.torn else "")


class Printer:
    """Shows a map as its values and, beside them, who waits."""

    def __init__(self, value):
        self.value = value
        self.policy = value.type.strip_typedefs().template_argument(4)

    def display_hint(self):
        return "map"

    def shards(self):
        core = self.value["core_"]
        shards = core["shards_"]
        size = int(shards["size_"])
        if size != int(core["mask_"]) + 1 or size & (size - 1) or int(shards["elements_"]) == 0:
            return
        for index in range(size):
            yield shards["elements_"][index]

    def to_string(self):
        values = waiters = without = shards = 0
        for shard in self.shards():
            shards += 1
            without += int(shard["valueless_"])
            waiters += int(shard["waiting_"])
            values += sum(1 for _ in Table(shard["table_"]).elements()) - int(shard["valueless_"])
        if shards == 0:
            return "wait_map that is not constructed yet, or no more"
        return "wait_map with values: %d, waiters: %d, keys waited for or claimed: %d" % (values, waiters, without)

    def children(self):
        for shard in self.shards():
            for key, slot in Table(shard["table_"]).elements():
                yield "key", unwrap(key["kept_"])
                if int(slot["word_"]) == 1:  # slot::holds_value
                    yield "value", unwrap(slot["value_"])
                else:
                    yield "value", str(Waiters(slot, self.policy))


def layout(map_value):
    """The layout of abseil's tables that the printer has found in a map: see Table."""
    return Table(next(Printer(map_value).shards())["table_"]).layout()


printers = gdb.printing.RegexpCollectionPrettyPrinter("wait_map")
printers.add_printer("wait_map", r"^waitmap::wait_map<.*>$", Printer)
gdb.printing.register_pretty_printer(None, printers, replace=True)
