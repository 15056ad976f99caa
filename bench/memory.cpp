// Bytes per filled entry, and per waiting key: what the map takes, and the frame of the coroutine
// that waits.
//
// A program of its own, because it counts every byte that operator new hands out. The counts are
// exact: one round each.
#include <absl/container/flat_hash_map.h>
#include <tbb/concurrent_hash_map.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <vector>
#include <wait_map/wait_map.hpp>

#include "asio_channel.hpp"
#include "coroutine.hpp"
#include "floor.hpp"
#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "results.hpp"

namespace {

std::size_t live_bytes;

// In front of each block: its size. 16 bytes keep the alignment of malloc.
constexpr std::size_t header = 16;

void* counted_new(std::size_t size) noexcept {
  char* const block = static_cast<char*>(std::malloc(size + header));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<std::size_t*>(block) = size;
  live_bytes += size;
  return block + header;
}

void counted_delete(void* memory) noexcept {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - header;
  live_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}

// Over-aligned blocks: the size lies in front, as far as the alignment asks. Not inlined: g++ would believe that what
// lies in front of an object is outside of its block.
[[gnu::noinline]] void* counted_aligned_new(std::size_t size, std::align_val_t alignment) {
  const std::size_t space = std::max(header, static_cast<std::size_t>(alignment));
  const std::size_t whole = (size + space + space - 1) / space * space;
  char* const block = static_cast<char*>(std::aligned_alloc(space, whole));
  if (block == nullptr) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(block) = size;
  live_bytes += size;
  return block + space;
}

[[gnu::noinline]] void counted_aligned_delete(void* memory, std::align_val_t alignment) noexcept {
  if (memory == nullptr) return;
  char* const block =
      static_cast<char*>(memory) - std::max(header, static_cast<std::size_t>(alignment));
  live_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const memory = counted_new(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted_new(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted_aligned_new(size, alignment);
}
void operator delete(void* memory) noexcept { counted_delete(memory); }
void operator delete(void* memory, std::size_t) noexcept { counted_delete(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { counted_delete(memory); }
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  counted_aligned_delete(memory, alignment);
}
void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
  counted_aligned_delete(memory, alignment);
}

namespace bench {
namespace {

constexpr std::size_t count = 1'000'000;

template <class K, class Map, class Insert>
contestant filled(std::string name, Insert insert) {
  return {std::move(name), [insert] {
            const std::size_t before = live_bytes;
            Map map;
            for (std::size_t n = 0; n != count; ++n) insert(map, nth_key<K>(n), some_value<K>(n));
            return std::vector{static_cast<double>(live_bytes - before) / count};
          }};
}

template <class K>
void filled_row(table& to, const row& line) {
  const auto try_emplace = [](auto& map, const K& key, const K& value) {
    map.try_emplace(key, value);
  };
  const auto insert = [](auto& map, const K& key, const K& value) { map.insert(key, value); };
  const auto insert_pair = [](auto& map, const K& key, const K& value) {
    map.insert({key, value});
  };
  using tbb_map = tbb::concurrent_hash_map<K, K, tbb::tbb_hash_compare<K>,
                                           std::allocator<std::pair<const K, K>>>;
  to.race({line},
          {filled<K, absl::flat_hash_map<K, K>>("floor", try_emplace),
           filled<K, waitmap::wait_map<K, K>>(ours, insert),
           filled<K, hand_rolled_map<K, K>>("hand-rolled", insert),
           filled<K, tbb_map>("tbb", insert_pair)},
          1);
}

// The smallest coroutine that waits. Its frame comes from operator new too.
std::size_t frame_bytes;

struct counted_frame {
  struct promise_type : detached::promise_type {
    counted_frame get_return_object() noexcept { return {}; }
    // Not inlined: g++ 12 would warn of a mismatch with delete where it inlines one of them.
    [[gnu::noinline]] void* operator new(std::size_t size) {
      frame_bytes += size;
      return ::operator new(size);
    }
    [[gnu::noinline]] void operator delete(void* memory, std::size_t size) noexcept {
      frame_bytes -= size;
      ::operator delete(memory);
    }
  };
};

template <class Map>
counted_frame wait_for(Map& map, u64 key) {
  auto value = co_await map.wait(key);
  keep(*value);
}

// Map side and frame: what there is with a million waiters, less the frames, and the frames.
template <class Map>
contestant waiting(std::string name) {
  return {std::move(name), [] {
            const std::size_t before = live_bytes;
            Map map;
            for (std::size_t n = 0; n != count; ++n) wait_for(map, nth_key<u64>(n));
            std::vector figures{static_cast<double>(live_bytes - before - frame_bytes) / count,
                                static_cast<double>(frame_bytes) / count};
            for (std::size_t n = 0; n != count; ++n) map.insert(nth_key<u64>(n), n);
            return figures;
          }};
}

asio::awaitable<void> receive(channel_map<u64, u64>& map, u64 key) { keep(co_await map.wait(key)); }

// Asio allocates several blocks per coroutine and operation: what a key takes together is on the
// map's side.
contestant waiting_in_channels() {
  return {"asio channel (all)", [] {
            constexpr std::size_t few = count / 10;
            asio::io_context context(1);
            const std::size_t before = live_bytes;
            channel_map<u64, u64> map(context);
            for (std::size_t n = 0; n != few; ++n)
              asio::co_spawn(context, receive(map, nth_key<u64>(n)), asio::detached);
            context.poll();
            const double bytes = static_cast<double>(live_bytes - before) / few;
            for (std::size_t n = 0; n != few; ++n) map.insert(nth_key<u64>(n), n);
            context.restart();
            context.poll();
            return std::vector{bytes, 0.0};
          }};
}

// Waits that were given up one after the other leave nothing behind.
template <class Map>
owned wait_in_vain(Map& map, u64 key) {
  auto value = co_await map.wait(key);
  if (value) keep(*value);
}

contestant abandoned(std::size_t keys) {
  return {ours, [keys] {
            waitmap::wait_map<u64, u64> map;
            wait_in_vain(map, nth_key<u64>(0));  // has frames to recycle from here on
            const std::size_t before = live_bytes;
            for (std::size_t n = 0; n != count; ++n) wait_in_vain(map, nth_key<u64>(n % keys));
            return std::vector{static_cast<double>(live_bytes - before) / count};
          }};
}

void run_memory(table& to) {
  filled_row<u64>(
      to, {.name = "filled entry u64 1e6", .unit = "B", .kind = bound::ratio, .limit = 1.5});
  filled_row<std::string>(to, {.name = "filled entry string 1e6", .unit = "B"});
  to.race(
      {{.name = "waiting key u64 1e6: map side", .unit = "B", .kind = bound::figure, .limit = 53},
       {.name = "waiting key u64 1e6: frame", .unit = "B", .kind = bound::figure, .limit = 144}},
      {waiting<floor_map<u64, u64>>("floor"), waiting<waitmap::wait_map<u64, u64>>(ours),
       waiting<hand_rolled_map<u64, u64>>("hand-rolled"), waiting_in_channels()},
      1);
  // A table that has grown once stays; a byte per wait would grow.
  to.race({{.name = "1e6 dropped waits on one key: left per wait",
            .unit = "B",
            .kind = bound::figure,
            .limit = 0.01}},
          {abandoned(1)}, 1);
  to.race({{.name = "1e6 dropped waits on 1e6 keys: left per wait",
            .unit = "B",
            .kind = bound::figure,
            .limit = 0.05}},
          {abandoned(count)}, 1);
}

}  // namespace
}  // namespace bench

int main() {
  bench::table table("memory");
  bench::run_memory(table);
  bench::write_csv(std::cout, table.results());
}
