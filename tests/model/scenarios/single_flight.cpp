// The scenarios of get_or_compute. `wait b` in a factory is what suspends it: whoever inserts b lets it go on.
#include "named.hpp"

namespace model {
namespace {

constexpr named_scenario all[] = {
    // --- one computes, the others get it ---
    {"two ask, one computes", "4.2", "compute a | compute a"},
    {"three ask, one computes", "4.2", "compute a | compute a | compute a"},
    {"those who ask twice", "4.2", "compute a; compute a | compute a; compute a"},
    {"callers and plain waiters", "4.2", "compute a | compute a; get a | wait a"},
    {"a factory that waits", "4.2",
     "compute a (wait b) | compute a (wait b) | insert b | compute a (wait b)"},
    {"followers who came early and late", "4.2",
     "compute a (wait b); compute a; compute a | insert b; compute a | compute a"},
    {"different keys side by side", "4.2",
     "[2 shards] compute a; compute b | compute b; compute a"},
    {"a caller asks again when it has the value", "4.2",
     "compute a { compute a } | compute a { compute b } | compute b"},

    // --- a factory that throws ---
    {"a factory throws", "4.2", "compute a (throw) | compute a (throw) | compute a (throw)"},
    {"some factories throw", "4.2", "compute a (throw) | compute a | compute a (throw)"},
    {"a factory throws for its followers", "4.2",
     "compute a (wait b; throw); compute a; compute a | insert b; compute a"},
    {"who is told asks again", "4.2",
     "compute a (wait b; throw); compute a { compute a } | insert b | compute a"},
    {"a failure meets an insert", "4.2", "compute a (throw) | compute a (throw) | insert a"},
    {"a failure of a key asked for", "4.2",
     "compute a (compute b (throw)) | compute a (compute b (throw)); compute b"},

    // --- the leader is destroyed ---
    {"the leader is destroyed", "4.2 3.6",
     "compute a (wait b); destroy #0 | compute a (wait b) | compute a (wait b)"},
    {"the leader is destroyed, nobody follows", "4.2 3.6",
     "compute a (wait b); destroy #0; compute a | waiting a"},
    {"the oldest follower leads", "4.2 3.6",
     "compute a (wait b); compute a (wait b); compute a (wait b); destroy #0; leads #2 | wait a | "
     "wait b"},
    {"leaders are destroyed one after the other", "4.2 3.6",
     "compute a (wait b); compute a (wait b); compute a (wait b); destroy #0; destroy #2; leads "
     "#4; "
     "insert b | get a"},
    {"a follower is destroyed", "4.2 3.6",
     "compute a (wait b); compute a; destroy #2; compute a; insert b | wait a"},
    {"the follower that would lead is destroyed", "4.2 3.6",
     "compute a (wait b); compute a (wait b); compute a (wait b); destroy #2; destroy #0; leads #4 "
     "| "
     "wait b"},
    {"the leader is destroyed, a newcomer asks", "4.2 3.6",
     "compute a (wait b); compute a (wait b); destroy #0 | compute a (wait b)"},
    {"the leader is destroyed, the next one throws", "4.2 3.6",
     "compute a (wait b); compute a (wait b; throw); compute a (throw); destroy #0; insert b | get "
     "a"},
    {"a leader is destroyed by a sibling", "4.2 3.6",
     "wait b { destroy #1 }; compute a (wait b); compute a; insert b | get a"},

    // --- insert, erase, close, cancel meanwhile ---
    {"an insert meets callers", "4.2", "compute a | compute a | insert a"},
    {"an insert wins over a factory at work", "4.2",
     "compute a (wait b); compute a | insert a; insert b | compute a"},
    {"an insert and the end of the factory", "4.2",
     "compute a (wait b) | insert b | insert a | compute a"},
    {"an overtaken leader and the next one", "4.2",
     "compute a (wait b) | insert a; erase a | compute a | insert b"},
    {"an erase meets callers", "4.2", "compute a | compute a | erase a; erase a"},
    {"a value is taken from the callers", "4.2", "compute a | compute a | take a"},
    {"a value is exchanged", "4.2", "compute a | compute a | exchange a | get a"},
    {"callers are cancelled", "4.2", "compute a (wait b); compute a | cancel a | insert b"},
    {"all waits are cancelled", "4.2",
     "[2 shards] compute a (wait b); compute a | cancel_all | compute b"},
    {"callers meet close", "4.2", "compute a | compute a | close"},
    {"a factory at work when the map is closed", "4.2",
     "compute a (wait b); compute a | insert b | close | compute a"},
    {"followers are failed by others", "4.2",
     "compute a (wait b); compute a | fail a | insert b | compute a"},
    {"followers get a delivery", "4.2",
     "compute a (wait b); compute a | deliver a | insert b | compute a"},
    {"somebody else holds the claim", "4.1 4.2", "claim a; fulfil !0 | compute a | compute a"},
    {"somebody else drops the claim", "4.1 4.2", "claim a; drop_claim !0 | compute a | compute a"},
    {"somebody else breaks the claim", "4.1 4.2",
     "claim a; break_claim !0 | compute a | compute a"},

    // --- invalidated meanwhile ---
    {"a computation is revoked", "2.7 4.2", "compute a (wait b) | invalidate a | insert b; get a"},
    {"a revoked leader and its followers", "2.7 4.2",
     "compute a (wait b); compute a; compute a | invalidate a | insert b | compute a"},
    {"revoked twice", "2.7 4.2",
     "compute a (wait b); compute a (wait b) | invalidate a; invalidate a | insert b; get a"},
    {"a revoked leader fails", "2.7 4.2",
     "compute a (wait b; throw); compute a | invalidate a | insert b | compute a"},
    {"a revoked leader is destroyed", "2.7 4.2 3.6",
     "compute a (wait b); compute a (wait b); invalidate a; destroy #0; leads #2 | get a"},
    {"a follower is destroyed where the leader was revoked", "2.7 4.2 3.6",
     "compute a (wait b); compute a (wait b); compute a; invalidate a; destroy #2; insert b | get "
     "a"},
    {"revoked computations are cleared", "2.7 4.2",
     "[2 shards] compute a (wait b); compute a | clear | insert b; compute a"},

    // --- stop ---
    {"a follower is stopped, the others stay", "4.2 3.8",
     "compute a (wait b); compute a stoppable; compute a | stop #2 | insert b"},
    {"a follower is stopped while the factory is at work", "4.2 3.8",
     "compute a (wait b); compute a stoppable | stop #2"},
    {"a stop meets whoever leads", "4.2 3.8", "compute a stoppable | compute a | stop #0"},
    {"a stop meets the leader's end", "4.2 3.8",
     "compute a (wait b); destroy #0 | compute a stoppable (wait b); compute a (wait b) | stop #2"},
    {"a stop meets the failure", "4.2 3.8",
     "compute a (wait b; throw); compute a stoppable; compute a | stop #2 | insert b"},
    {"a stop does not stop the factory", "4.2 3.8",
     "compute a stoppable (wait b); compute a; stop #0 | insert b | compute a"},
    {"stopped before it asks", "4.2 3.8", "stop #0; compute a stoppable | compute a | compute a"},

    // --- recursion ---
    {"a factory asks for another key", "4.2",
     "compute a (compute b) | compute a (compute b) | compute b"},
    {"a factory asks, on two shards", "4.2",
     "[2 shards] compute a (compute b) | compute a (compute b) | compute b"},
    {"a factory asks for a key that is at work", "4.2",
     "compute b (wait b); compute a (compute b) | compute a (compute b) | insert b"},
    {"a factory asks for its own key until it is cancelled", "4.2",
     "compute a (compute a); cancel a | compute a | get a"},
    {"a circle of keys", "4.2", "compute a (compute b) | compute b (compute a)"},
    {"a circle of keys is cancelled", "4.2",
     "compute a (compute b) | compute b (compute a) | cancel_all"},
    {"a leader is destroyed while it follows", "4.2 3.6",
     "claim b; compute a (compute b); destroy #0; drop_claim !0 | waiting a | waiting b"},

    // --- other resumers ---
    {"single flight, resumed at once", "4.2 5.4",
     "[immediate] compute a (wait b); compute a { erase a; compute a } | insert b | compute a"},
    {"single flight, resumed at once, destroyed", "4.2 5.4",
     "[immediate] compute a (wait b); destroy #0 | compute a (wait b); compute a (wait b)"},
    {"single flight, resumed at once, fails", "4.2 5.4",
     "[immediate] compute a (wait b; throw); compute a { compute a } | insert b; compute a"},
    {"single flight, posted", "4.2 5.2",
     "[posting] compute a (wait b); compute a | insert b; run_posted | compute a; run_posted"},
    {"single flight, posted, destroyed", "4.2 5.2",
     "[posting] compute a (wait b); compute a (wait b); compute a (wait b); destroy #0; "
     "run_posted; "
     "leads #2 | wait b"},
};

}  // namespace

std::span<const named_scenario> single_flight_scenarios() { return all; }

}  // namespace model
