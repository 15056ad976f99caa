"""Run inside of gdb with program.cpp's program: what the printer shows in look() is what is there, in the live process and in
a core file of it. SOURCE is the path of program.cpp as it was compiled; CORE is where the core file may lie for a while.
"""

import os
import re
import sys
import traceback

import gdb

SOURCE = os.environ["SOURCE"]
CORE = os.environ["CORE"]

places = {}
with open(SOURCE) as text:
    for number, line in enumerate(text, 1):
        _, found, word = line.partition("// at: ")
        if found:
            places[word.strip()] = "%s:%d" % (SOURCE, number)


def shown(expression):
    """What gdb prints: what stands before the braces, then what is in them, sorted."""
    text = gdb.execute("print " + expression, to_string=True).strip().partition(" = ")[2]
    head, _, body = text.partition(" = {")
    return [head] + sorted(re.split(r", (?=\[)", body[:-1]) if body else [])


def expect(expression, head, *entries):
    if isinstance(head, tuple):
        head = "wait_map with values: %d, waiters: %d, keys waited for or claimed: %d" % head
    expected = [head] + sorted(re.sub(r"@(\w+)", lambda word: places[word[1]], entry) for entry in entries)
    found = shown(expression)
    if found != expected:
        raise AssertionError("\n".join([expression + " is shown as"] + found + ["instead of"] + expected))
    print("%s: as expected, %d entries" % (expression, len(entries)))


def check():
    while not (gdb.selected_frame().name() or "").partition("(anonymous namespace)::")[2].startswith("look"):
        gdb.execute("up", to_string=True)
    jobs = [
        "[1] = 1 waiter at @observe",
        "[2] = 1 waiter at @take",
        "[3] = 1 waiter at @visit",
        "[4] = claimed at @claim; 3 waiters: 1 at @follow, 2 at @observe",
        "[5] = 1 waiter at @any",
        "[6] = 1 waiter at @any",
        "[7] = 1 waiter at @thread",
        "[8] = claimed at @alone; 0 waiters",
    ]
    expect("all.jobs", (0, 9, 8), *jobs)  # of the argument
    gdb.execute("up", to_string=True)
    expect("all.jobs", (0, 9, 8), *jobs)  # of the variable in main
    expect("global", (1, 0, 0), "[1] = 10")
    expect("all.grown", (50, 0, 0), *["[%d] = %d" % (i, i * i) for i in range(1, 100, 2)])
    expect("all.one_value", (1, 0, 0), "[1] = 10")
    expect("all.one_waiter", (0, 1, 1), "[1] = 1 waiter at @observe")
    expect("all.erased", (0, 0, 0))
    expect("all.empty", (0, 0, 0))
    expect("all.boxes", (1, 1, 1), "[{number = 3}] = {number = 9}", "[{number = 4}] = 1 waiter at @observe")
    expect("all.unborn.map", "wait_map that is not constructed yet, or no more")
    if "__cxx11" in str(gdb.parse_and_eval("all.names").type.template_argument(0).strip_typedefs()):
        expect("all.names", (2, 3, 2),  # gdb has a printer for libstdc++'s strings, none for libc++'s
               '["Rosa Luxemburg"] = 1871',
               '["Voltairine de Cleyre"] = 1866',
               '["Emma Goldman"] = 2 waiters at @observe',
               '["Louise Michel"] = 1 waiter at @subscribe')


try:
    gdb.execute("set print elements 0")
    print("live process, abseil's tables by", sys.modules["__main__"].layout(gdb.parse_and_eval("global")))
    check()
    gdb.execute("generate-core-file " + CORE)
    gdb.execute("kill")
    gdb.execute("core-file " + CORE)
    print("core file")
    check()
    os.remove(CORE)
except BaseException:
    traceback.print_exc()
    gdb.execute("quit 1")
gdb.execute("quit 0")
