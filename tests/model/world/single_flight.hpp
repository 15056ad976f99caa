// single_flight: what holds for callers of get_or_compute, whatever else happens to their keys.
//
// No order of operations explains them: a call is several steps of the map, and factories take their time.
// The steps are checked as operations of their own: claim_or_wait, fulfil, drop_claim.
#pragma once

#include <array>

#include "../spec/reference_map.hpp"
#include "scenario.hpp"

namespace model {

class single_flight {
  static constexpr int none = -1;
  // What happened to a key.
  struct flight {
    int asked = 0;   // calls, ever
    int asking = 0;  // calls, now; likewise factories
    int computed = 0;
    int computing = 0;
    int succeeded = 0;
    int failed = 0;
    int told = 0;      // callers that waited when a factory failed
    int revoked = 0;   // at most
    int value = none;  // that a caller got
  };

 public:
  explicit single_flight(const scenario& played);

  // Somebody asks for the key, from here to the end of its life.
  class call {
   public:
    call(single_flight& all, const operation& asking);
    call(const call&) = delete;
    ~call();

   private:
    flight& key_;
  };

  // A factory is at work, likewise. It may be destroyed midway.
  class computation {
   public:
    computation(single_flight& all, const operation& caller);
    computation(const computation&) = delete;
    ~computation();

    void succeeds();
    // The exception is for so many others, too.
    void fails(int followers);

   private:
    single_flight& all_;
    const operation& caller_;
  };

  // A computation of this key may be revoked from now on.
  void invalidate(int key) { ++flights_[static_cast<std::size_t>(key)].revoked; }
  // A caller has got its result, as an observation has it.
  void check_result(const operation& asked, int result);
  // Whether the caller's factory is at work.
  bool leads(int caller) const { return leads_[static_cast<std::size_t>(caller)]; }
  // Nothing can go on any more.
  void check_end() const;
  void check_value(int key, int value) const;

 private:
  flight& of(const operation& asked) { return flights_[static_cast<std::size_t>(asked.key)]; }

  // What can happen in the scenario.
  bool inserts_;
  bool removes_;   // values
  bool replaces_;  // values, or lets some get a value that is not stored
  bool cancels_;
  bool closes_;
  bool fails_;
  bool claims_;
  std::array<flight, reference_map::keys> flights_{};
  std::array<bool, reference_map::most_waiters> leads_{};  // by caller
};

}  // namespace model
