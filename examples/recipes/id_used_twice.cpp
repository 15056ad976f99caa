// A request id that is used twice is refused: whoever sends a request claims its id, so an id is in use
// until the one who uses it lets go of it. The reply ends the wait, not the claim.
#include <cstdint>
#include <iostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using id_type = std::uint16_t;  // the wire has no room for more: ids come round again

// Of one thread, as that of an event loop.
struct connection {
  waitmap::wait_map<id_type, std::string> replies;
  std::vector<std::pair<id_type, std::string>> sent;
  waitmap::wait_map<id_type, decltype(replies)::claim_type>
      lost;  // ids whose reply is still to come

  bool on_reply(id_type id, std::string body) {
    if (replies.deliver(id, std::move(body))) return true;
    lost.erase(id);  // nobody waits for it any more: now the id can be used again
    return false;
  }
};

task call(connection& server, id_type id, std::string question, std::string& heard,
          std::stop_token stop = {}) {
  auto in_use = server.replies.try_claim(id);
  if (!in_use) {
    heard = "refused";
    co_return;
  }
  auto reply = server.replies.subscribe_take(id, stop);  // first wait for the reply,
  server.sent.emplace_back(id, std::move(question));     // then send the request
  auto body = co_await reply;
  heard = body.value_or("stopped");
  // The reply may still come, and must not be taken for that to a later request.
  if (!body) server.lost.insert(id, std::move(in_use));
}

int main() {
  connection server;
  std::string first, second, third, fourth, fifth, sixth;
  std::stop_source stop;

  call(server, 7, "where?", first);
  call(server, 7, "when?", second);  // refused: 7 is in use
  const bool answered = server.on_reply(7, "here");
  call(server, 7, "when?", third);  // the id is free again
  server.on_reply(7, "now");

  call(server, 8, "who?", fourth, stop.get_token());
  stop.request_stop();
  call(server, 8, "why?", fifth);  // refused: the reply to "who?" may still come
  const bool late = !server.on_reply(8, "me");
  call(server, 8, "why?", sixth);
  server.on_reply(8, "because");

  std::cout << first << ", " << second << ", " << third << ", " << fourth << ", " << fifth << ", "
            << sixth << '\n';
  return first == "here" && second == "refused" && third == "now" && fourth == "stopped" &&
                 fifth == "refused" && sixth == "because" && answered && late &&
                 server.sent.size() == 4
             ? 0
             : 1;
}
