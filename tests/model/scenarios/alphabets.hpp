// alphabets: the operations of which scenarios are generated, and what tells which of them go together.
#pragma once

#include <string>
#include <vector>

namespace model {

// Sets of the keys a and b.
enum keys : unsigned { neither = 0, a = 1, b = 2, both = 3 };

// An operation, or a few that belong together.
struct letter {
  std::string text;  // $ stands for the wait that it stops or destroys, or for its own claim
  unsigned waits_on = neither;
  bool waits_for_all = false;  // else one key suffices
  bool stoppable = false;
  bool stops = false;
  bool destroys = false;
  unsigned ends = neither;  // the keys on which it can end waits, and so resume coroutines
  bool factory_waits = false;

  int waits() const { return waits_on == neither ? 0 : waits_for_all || factory_waits ? 2 : 1; }
};

using alphabet = std::vector<letter>;

alphabet all_on_one_key();
alphabet all_on_two_keys();
alphabet core_of_one_key();
alphabet claims_of_one_key();
alphabet core_of_two_keys();
alphabet groups();
alphabet single_flight_letters();

}  // namespace model
