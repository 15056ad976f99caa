#include "litmus_text.hpp"

#include <sstream>
#include <string_view>

namespace weak {

namespace {

std::uint64_t number(const std::string& digits) { return std::stoull(digits); }

unsigned orders_between(std::string_view before, std::string_view behind) {
  unsigned orders = 0;
  for (const char first : before) {
    for (const char second : behind)
      orders |= 1u << ((first == 'w' ? 2 : 0) + (second == 'w' ? 1 : 0));
  }
  return orders;
}

class parser {
 public:
  litmus_test parse(const std::string& text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      if (word == "|") {
        ++thread_;
        last_read_ = none;
        controlled_by_.clear();
      } else if (word == ";") {
        at_end_ = true;
      } else if (at_end_) {
        made_.last[static_cast<std::size_t>(word.at(0))] = number(word.substr(2));
      } else {
        instruction(word);
      }
    }
    return made_;
  }

 private:
  static constexpr std::size_t none = relation::most_events;

  void instruction(std::string word) {
    relation* depends = nullptr;
    if (const auto colon = word.find(':'); colon != std::string::npos) {
      const std::string how = word.substr(0, colon);
      word.erase(0, colon + 1);
      if (how == "control") {
        controlled_by_.push_back(last_read_);
      } else {
        depends = how == "address" ? &made_.events.address
                  : how == "data"  ? &made_.events.data
                                   : throw std::invalid_argument(how);
      }
    }
    event one{.thread = thread_};
    if (word == "isb") {
      one.what = kind::instruction_barrier;
      add(one, depends);
      return;
    }
    std::string suffix;
    if (const auto dot = word.find('.'); dot != std::string::npos) {
      suffix = word.substr(dot);
      word.erase(dot);
    }
    const bool acquires = suffix.find(".acq") != std::string::npos;
    const bool releases = suffix.find(".rel") != std::string::npos;
    if (word[0] == 'F') {
      const auto dash = word.find('-');
      one.what = kind::fence;
      one.orders = dash == std::string::npos
                       ? all_orders
                       : orders_between(word.substr(1, dash - 1), word.substr(dash + 1));
      add(one, depends);
      return;
    }
    one.location = static_cast<std::size_t>(word.at(1));
    const std::size_t before = last_read_;
    if (word[0] == 'R' || word[0] == 'X' || word[0] == 'L') {
      event read = one;
      read.what = kind::read;
      read.value = number(word.substr(2));
      read.acquire = acquires;
      read.acquire_pc = suffix.find(".pc") != std::string::npos;
      read.one_instruction = word[0] == 'X';
      last_read_ = add(read, depends);
    }
    if (word[0] == 'R') return;
    if (word[0] != 'W' && word[0] != 'X' && word[0] != 'L') throw std::invalid_argument(word);
    const auto second = word.find('>');
    one.what = kind::write;
    one.value = number(word.substr(second == std::string::npos ? 2 : second + 1));
    one.release = releases;
    one.one_instruction = word[0] == 'X';
    const std::size_t read = last_read_;
    if (word[0] == 'W') {
      add(one, depends);
    } else {
      last_read_ = before;
      made_.events.read_modify_write.add(read, add(one, depends));
      last_read_ = read;
    }
  }

  std::size_t add(const event& one, relation* depends) {
    const std::size_t at = made_.events.events.size();
    made_.events.events.push_back(one);
    if (depends != nullptr) depends->add(last_read_, at);
    for (const std::size_t read : controlled_by_) made_.events.control.add(read, at);
    return at;
  }

  litmus_test made_;
  std::size_t thread_ = 0;
  bool at_end_ = false;
  std::size_t last_read_ = none;
  std::vector<std::size_t> controlled_by_;
};

}  // namespace

litmus_test parse_litmus(const std::string& text) { return parser().parse(text); }

}  // namespace weak
