// order_checker: looks whether what the lock relies on can fail on any processor for want of memory order.
//
//   order_checker [TEXT]   only the shapes whose name contains TEXT
#include <chrono>
#include <cstdio>

#include "shapes.hpp"

int main(int count, char** texts) {
  const std::string only = count > 1 ? texts[1] : "";
  bool any = false;
  bool well = true;
  for (const weak::shape& each : weak::shapes()) {
    if (each.name.find(only) == std::string::npos) continue;
    any = true;
    const auto made = weak::recorder::current().record(each.program);
    for (const weak::translation& how : weak::translations()) {
      const auto begin = std::chrono::steady_clock::now();
      const auto found = weak::find_bad(each, made, how);
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
      std::printf("%-70s %-36s %6.2f s\n", each.name.c_str(), how.name, spent.count());
      if (!found) continue;
      well = false;
      std::printf("FAILED: %s\n  on %s\n%s", each.name.c_str(), how.name, found->c_str());
    }
  }
  if (!any) std::fprintf(stderr, "order_checker: no shape is called %s\n", only.c_str());
  return any && well ? 0 : 1;
}
