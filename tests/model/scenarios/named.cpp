#include "named.hpp"

namespace model {
namespace {

constexpr named_scenario all[] = {
    // --- a value and its waiters ---
    {"insert meets wait", "3.1 3.2", "wait a | insert a"},
    {"a value that comes and goes", "3.3", "wait a | insert a; erase a | wait a"},
    {"a value that is extracted", "3.3", "wait a | insert a; extract a | wait a"},
    {"a value that is exchanged", "3.3", "wait a | exchange a; exchange a | wait a"},
    {"a value that is assigned twice", "2.1 3.3", "wait a | insert_or_assign a | insert_or_assign a | get a"},
    {"a value put through the entry", "2.2", "wait a | update a | insert a | take a"},
    {"clear ends no wait", "4", "wait a | clear | insert a"},
    {"two inserts, two waits", "2.1 3.2", "wait a | wait a | insert a | insert a"},
    {"waits with a function", "3.9", "wait_with a | wait_modify a | insert a | erase a"},
    {"waits that change the value", "3.5", "wait_modify a; wait a | wait_modify a | insert a"},
    {"a waiter that fails alone", "3.9", "wait a; wait_throwing a; wait a | insert a"},
    {"a waiter that fails before a taker", "3.5 3.9", "wait_throwing a; take a | insert a | wait a"},
    {"waiters and readers", "1.4", "wait a | contains a; waiting a | insert a; get a"},
    {"happening before a waiter's use", "6.4", "wait a { get b } | insert b; insert a"},

    // --- takers ---
    {"two takers, one value", "3.5", "take a | take a | insert a"},
    {"two takers, two values", "3.5", "take a | take a | insert a; insert a"},
    {"observers come before the taker", "3.5", "wait a | wait a | take a | insert a"},
    {"an observer behind a taker", "3.4 3.5", "take a; wait a | insert a | take a"},
    {"take meets erase", "3.5", "take a | erase a | insert a; insert a"},
    {"take meets extract and exchange", "2.2 3.5", "take a | extract a | exchange a | exchange a"},
    {"a taker that stops leaves the value", "3.5 3.8", "take a stoppable | take a | insert a | stop #0"},
    {"a taker's stop and an erase", "3.5", "take a stoppable | insert a | stop #0 | erase a"},

    // --- cancel, close, fail, deliver ---
    {"cancel meets insert", "4", "wait a | insert a | cancel a | wait a"},
    {"cancel counts exactly", "4", "wait a | wait a | cancel a | cancel a"},
    {"cancel is not sticky", "4", "wait a; cancel a; wait a | insert a"},
    {"a wait after a cancel, before the old one runs", "3.2", "wait a | cancel a; wait a | insert a"},
    {"a cancelled waiter that waits again", "3.2", "wait a { wait a } | cancel a | insert a"},
    {"cancel_all on one shard", "4", "wait a | wait b | cancel_all | insert a"},
    {"cancel_all on two shards", "4 6.3", "[2 shards] wait a | wait b | cancel_all | insert b"},
    {"cancel_all twice", "4 6.3", "[2 shards] wait a; wait b | cancel_all | cancel_all"},
    {"close meets wait", "4", "wait a | close"},
    {"a wait after close", "3.1", "close; wait a | wait a | insert a"},
    {"close is never undone", "4", "close | insert a; erase a | wait a; wait a"},
    {"close meets insert", "4", "wait a | wait a | insert a | close"},
    {"close meets close", "4", "wait a | wait a | close | close"},
    {"close meets cancel_all", "4", "wait a | wait b | close | cancel_all"},
    {"close on two shards", "4 6.3", "[2 shards] wait a | wait b | close | insert b"},
    {"close on two shards meets itself", "4 6.3", "[2 shards] wait a; wait b | close | close; wait a"},
    {"values are taken from a closed map", "4", "insert a; close | take a | wait a | erase a"},
    {"a closed map refuses", "2.1 2.2", "close | insert_or_assign a | exchange a | deliver a"},
    {"fail meets insert", "4", "wait a | fail a | insert a | wait a"},
    {"fail reaches takers and functions", "4", "take a; wait_with a | fail a | cancel a"},
    {"deliver stores nothing", "4", "wait a | deliver a | insert a"},
    {"deliver to one taker", "4 3.5", "take a | take a | deliver a | deliver a"},
    {"deliver meets cancel and close", "4", "wait a; take a | deliver a | cancel a | close"},

    // --- why a wait ended ---
    {"reasons: cancelled or closed", "3", "wait_result a | cancel a | close | wait_result a"},
    {"reasons: stopped or a value", "3 3.8", "wait_result a stoppable | stop #0 | insert a | cancel a"},
    {"reasons: failed or abandoned", "3 4.1", "wait_result a | fail a | claim a; drop_claim !0"},

    // --- claims ---
    {"two claims, one winner", "4.1", "claim a; fulfil !0 | claim a; fulfil !1 | wait a"},
    {"a claim dropped, the next one wins", "4.1", "wait_result a | claim a; drop_claim !0 | claim a; fulfil !1"},
    {"a claim ended by an exception", "4.1", "wait a | claim a; break_claim !0 | wait a | claim a"},
    {"an overtaken claim", "4.1", "claim a; fulfil !0 | insert a | wait a | erase a"},
    {"an overtaken claim spares the next", "4.1", "claim a; drop_claim !0 | insert a; erase a | claim a; wait_result a"},
    {"cancel spares a claim", "4 4.1", "claim a; fulfil !0 | wait a | cancel a | claim a"},
    {"deliver spares a claim", "4 4.1", "claim a; drop_claim !0 | take a | deliver a"},
    {"claim meets close", "4 4.1", "claim a; fulfil !0 | close | wait a"},
    {"claim meets takers", "3.5 4.1", "claim a; fulfil !0 | take a | take a | claim a"},
    {"a claim among many waiters", "4.1", "wait a; wait a; claim a; wait a; wait a | cancel a | drop_claim !0"},
    {"a claimed key is waited for and left", "3.6 4.1", "claim a; wait a; destroy #0; drop_claim !0 | wait a"},
    {"a claim outlives the map", "4.1", "claim a; wait a; destroy_map; fulfil !0"},
    {"a waiter drops the claim again", "4.1", "wait a { claim a; drop_claim !0 }; wait a | cancel a | claim a"},

    // --- subscriptions ---
    {"subscribed, then awaited", "3.10", "subscribe a | insert a; erase a"},
    {"the answer comes before the wait", "3.10", "subscribe a (insert a; erase a) | wait a"},
    {"a subscription takes", "3.5 3.10", "subscribe_take a | insert a | take a | insert a"},
    {"a subscription is stopped", "3.8 3.10", "subscribe a stoppable | stop #0 | insert a"},
    {"a subscription is cancelled", "3.10 4", "subscribe a | cancel a | close | insert a"},
    {"a subscription is destroyed while awaited", "3.6 3.10", "subscribe a; destroy #0 | wait a | subscribe b"},
    {"a subscription on a claimed key", "3.10 4.1", "subscribe a | claim a; drop_claim !0 | insert a"},
    {"subscribers in a block", "3.10", "subscribe a; wait a; subscribe_take a; wait a | insert a | cancel a"},

    // --- one wait for several keys ---
    {"any of two", "3", "wait_any | insert a | insert b"},
    {"any of two, on two shards", "3 6.3", "[2 shards] wait_any | insert a | insert b"},
    {"any is taken", "3 3.5", "[2 shards] take_any | insert a; insert b | take b"},
    {"two take any", "3 3.5", "[2 shards] take_any | take_any | insert a | insert b"},
    {"any is stopped", "3 3.8", "[2 shards] wait_any stoppable | stop #0 | insert b"},
    {"any is taken or stopped", "3 3.5 3.8", "[2 shards] take_any stoppable | stop #0 | insert a; insert b"},
    {"any meets deliver", "3 4", "[2 shards] wait_any | deliver a | deliver b"},
    {"any meets cancel", "3 4", "[2 shards] wait_any | cancel a | insert b | cancel_all"},
    {"any meets close", "3 4", "[2 shards] insert b; take_any | close; wait_any | erase b"},
    {"any meets fail and erase", "3 4", "wait_any | fail a | insert b; erase b"},
    {"any is destroyed", "3 3.6", "[2 shards] wait_any; destroy #0 | wait a | wait b"},
    {"any, with waiters around", "3 3.4", "wait a; wait_any; wait b | insert a | insert b"},
    {"any goes on to wait for any", "3", "[2 shards] take_any -> take_any | insert a | insert b"},
    {"all of two", "3", "wait_all | insert a | insert b"},
    {"all of two, on two shards", "3 6.3", "[2 shards] wait_all | insert a; erase a | insert b; erase b"},
    {"all, some cancelled", "3 4", "[2 shards] wait_all | cancel a | insert b | insert a"},
    {"all meets close", "3 4", "[2 shards] wait_all | close | insert a"},
    {"all is destroyed while one is decided", "3 3.6", "[2 shards] wait_all; destroy #0 | insert a | wait b"},
    {"all is destroyed while one is cancelled", "3 3.6", "wait_all; destroy #0 | cancel a | wait a"},
    {"all and any", "3", "[2 shards] wait_all | take_any | insert a | insert b"},
    {"all, resumed at once", "3 5.4", "[2 shards] [immediate] wait_all { insert a } | insert a | insert b"},
    {"any, posted", "3 5.2", "[2 shards] [posting] take_any stoppable | insert a | insert b; stop #0 | run_posted"},

    // --- stop ---
    {"stopped before the wait", "3.1 3.8", "stop #0; wait a stoppable"},
    {"stopped before the wait, value present", "3.1", "insert a; stop #0; wait a stoppable"},
    {"stop meets registration", "3.8", "wait a stoppable | stop #0"},
    {"stop meets insert", "3.8", "wait a stoppable | insert a | stop #0"},
    {"stop meets insert and erase", "3.8 3.3", "wait a stoppable | insert a; erase a | stop #0"},
    {"stop meets cancel and close", "3.8", "wait a stoppable | cancel a | stop #0 | close"},
    {"stop of one of three", "3.8 3.4", "wait a; wait a stoppable; wait a | stop #1 | insert a"},
    {"stop of two", "3.8", "wait a stoppable | wait a stoppable | stop #0; insert a | stop #1"},
    {"stop of a function's wait", "3.8 3.9", "wait_with a stoppable | stop #0 | insert a | erase a"},
    {"a stopped waiter waits again", "3.8", "wait a stoppable { wait a } | stop #0 | insert a"},
    {"a stopped waiter stops another", "3.8 5.3", "wait a stoppable { stop #1 }; wait a stoppable | stop #0 | insert a"},
    {"stop while its waiter waits for the next", "3.8", "wait a stoppable -> wait b stoppable | insert a; insert b | stop #0; stop #1"},
    {"stop while the map is destroyed", "3.3", "wait a { destroy_map }; wait a stoppable; insert a | after #0; stop #1"},
    {"stop after the map is destroyed", "3.3", "[posting] wait a stoppable; insert a; destroy_map; stop #0; run_posted"},

    // --- frames that are destroyed ---
    {"a frame is destroyed while others wait", "3.6", "wait a; destroy #0 | wait a | wait a"},
    {"the last waiter is destroyed", "3.6 1.4", "wait a; destroy #0 | erase a | waiting a"},
    {"destroyed, then inserted", "3.6", "wait a; wait a; destroy #0; insert a | wait a | erase a"},
    {"destroyed with a stop token", "3.6 3.8", "wait a stoppable; destroy #0; stop #0 | wait a | get a"},
    {"the middle one of four is destroyed", "3.6", "wait a; wait a; wait a; wait a; destroy #1; insert a | get a"},
    {"a sibling is destroyed", "3.6", "wait a { destroy #1 }; wait a; insert a | wait a"},
    {"a sibling of a batch is destroyed", "3.6", "wait a { destroy #2 }; wait a; wait a; wait a; insert a | erase a"},
    {"all siblings of a batch are destroyed", "3.6", "wait a { destroy #1; destroy #2 }; wait a; wait a; insert a | insert b"},
    {"a cancelled sibling is destroyed", "3.6", "wait a { destroy #1 }; wait a; cancel a | wait a | erase a"},
    {"a sibling on another key is destroyed", "3.6", "wait a { insert b; destroy #1 }; wait b; insert a | wait a"},
    {"destroyed while another thread works on the other key", "3.6", "wait a; destroy #0; wait a | insert b; wait a | wait b"},

    // --- coroutines that go on ---
    {"a waiter inserts another key", "5.1 5.3", "wait a { insert b }; wait b { erase a } | insert a | wait b"},
    {"a chain", "5.3", "wait a { insert b }; wait b { deliver a }; wait a | insert a | erase a"},
    {"a waiter inserts its own key", "5.1", "wait a { insert a } | deliver a | wait a"},
    {"a waiter erases and waits again", "5.1", "wait a { erase a; wait a } | insert a | insert a"},
    {"a waiter cancels its siblings", "5.1", "wait a { cancel b }; wait b | insert a | wait b"},
    {"a waiter closes the map", "5.1 4", "wait a { close }; wait b | insert a | wait a"},
    {"a waiter destroys the map", "3.3 5.3", "wait a { destroy_map }; wait a; wait b; insert a"},
    {"a map is destroyed with waiters", "4", "wait a; take b; wait a stoppable; destroy_map"},
    {"one coroutine waits twice, resumed by two threads", "5.3", "wait a -> wait b | insert a | insert b"},
    {"one coroutine waits for one key twice", "3.2", "wait a -> wait a | deliver a | deliver a | cancel a"},

    // --- other resumers ---
    {"resumed at once", "5.4", "[immediate] wait a { insert b }; wait b { erase a } | insert a | wait b"},
    {"resumed at once, stopped meanwhile", "5.4 3.8", "[immediate] wait a stoppable { wait b } | insert a; insert b | stop #0"},
    {"resumed at once, sibling destroyed", "5.4 3.6", "[immediate] wait a { destroy #1 }; wait a; insert a | wait a"},
    {"resumed at once, map destroyed", "5.4 3.3", "[immediate] wait a { destroy_map }; wait a; wait b; insert a"},
    {"posted", "5.2", "[posting] wait a | wait a | insert a | run_posted"},
    {"posted, stopped meanwhile", "5.2 3.8", "[posting] wait a stoppable | insert a | stop #0 | run_posted"},
    {"posted, taken", "5.2 3.5", "[posting] take a | take a stoppable | insert a; stop #1 | run_posted"},
    {"posted, waits again", "5.2", "[posting] take a -> take b | insert a; insert b | cancel b | run_posted"},

    // --- wider ---
    {"four waiters", "3.4", "wait a | wait a | wait a | insert a"},
    {"a block of waiters grows", "3.4 3.6", "wait a; wait a; wait a; wait a stoppable; wait a; wait a; wait a | stop #3 | insert a"},
    {"a full block with holes", "3.6", "wait a; wait a; wait a; wait a; wait a; wait a; destroy #1; destroy #4; wait a; insert a | wait a"},
    {"a block with a taker", "3.5", "wait a; take a stoppable; wait a; take a | insert a | stop #1"},
    {"five threads", "6.3", "wait a stoppable | take a | insert a | stop #0 | cancel a"},
    {"four threads of two", "6.3", "wait a stoppable; wait b | insert a; insert b | stop #0; cancel b | erase a; take a"},
    {"three threads of three", "6.3", "wait a stoppable; take a; erase a | insert a; cancel a; insert a | stop #0; wait a; close"},
    {"three threads on two shards", "6.3", "[2 shards] wait a stoppable; take b; erase a | insert a; cancel_all; insert b | stop #0; wait b; close"},
};

}  // namespace

std::span<const named_scenario> named_scenarios() { return all; }

}  // namespace model
