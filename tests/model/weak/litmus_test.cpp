// The checker of memory models gives the verdicts on the classic litmus tests that are published for each processor.
#include <string>
#include <vector>

#include "architectures.hpp"
#include "litmus_text.hpp"
#include "support/catch.hpp"

namespace litmus_test {

enum verdict { allowed, forbidden };

struct expected {
  const char* name;
  const char* text;
  verdict is;
};

void check(const weak::architecture& processor, const std::vector<expected>& tests) {
  for (const expected& each : tests) {
    INFO(processor.name << " " << each.name << ": " << each.text);
    const weak::litmus_test test = weak::parse_litmus(each.text);
    CHECK(weak::reachable(processor, test.events, test.last) == (each.is == allowed));
  }
}

// Whatever the processor.
const std::vector<expected> coherence{
    {"CoRR", "Wx1 | Rx1 Rx0", forbidden},
    {"CoRR2", "Wx1 | Wx2 | Rx1 Rx2 | Rx2 Rx1", forbidden},
    {"CoWW", "Wx1 Wx2 ; x=1", forbidden},
    {"CoWR", "Wx1 Rx0", forbidden},
    {"CoWR, another's", "Wx1 Rx2 | Wx2 ; x=1", forbidden},
    {"CoRW", "Rx1 Wx1", forbidden},
    {"CoRW, another's", "Rx2 Wx1 | Wx2 ; x=2", forbidden},
    {"a write that is overwritten", "Wx1 | Wx2 ; x=1", allowed},
    {"two changes of one value", "Xx0>1 | Xx0>2", forbidden},
    {"two changes in a row", "Xx0>1 | Xx1>2 ; x=2", allowed},
    {"a write before a change", "Lx0>1 | Wx2 ; x=1", forbidden},
    {"a write behind a change", "Lx0>1 | Wx2 ; x=2", allowed},
};

TEST_CASE("memory models: every processor keeps each location coherent and changes atomic",
          "[weak][6.9]") {
  for (const auto* each : {&weak::x86, &weak::armv8, &weak::risc_v}) check(*each, coherence);
}

TEST_CASE("memory models: x86 lets a write pass a later read, and nothing else", "[weak][6.9]") {
  check(weak::x86, {
                       {"MP", "Wx1 Wy1 | Ry1 Rx0", forbidden},
                       {"SB", "Wx1 Ry0 | Wy1 Rx0", allowed},
                       {"SB+mfence+po", "Wx1 F Ry0 | Wy1 Rx0", allowed},
                       {"SB+mfences", "Wx1 F Ry0 | Wy1 F Rx0", forbidden},
                       {"SB+xchg", "Xx0>1 Ry0 | Xy0>1 Rx0", forbidden},
                       {"SB+xchg+po", "Xx0>1 Ry0 | Wy1 Rx0", allowed},
                       {"SB+rfi", "Wx1 Rx1 Ry0 | Wy1 Ry1 Rx0", allowed},
                       {"LB", "Rx1 Wy1 | Ry1 Wx1", forbidden},
                       {"S", "Wx2 Wy1 | Ry1 Wx1 ; x=2", forbidden},
                       {"R", "Wx1 Wy1 | Wy2 Rx0 ; y=2", allowed},
                       {"R+po+mfence", "Wx1 Wy1 | Wy2 F Rx0 ; y=2", forbidden},
                       {"2+2W", "Wx1 Wy2 | Wy1 Wx2 ; x=1 y=1", forbidden},
                       {"WRC", "Wx1 | Rx1 Wy1 | Ry1 Rx0", forbidden},
                       {"RWC", "Wx1 | Rx1 Ry0 | Wy1 Rx0", allowed},
                       {"RWC+po+mfence", "Wx1 | Rx1 Ry0 | Wy1 F Rx0", forbidden},
                       {"IRIW", "Wx1 | Rx1 Ry0 | Wy1 | Ry1 Rx0", forbidden},
                       {"ISA2", "Wx1 Wy1 | Ry1 Wz1 | Rz1 Rx0", forbidden},
                   });
}

// The same for both weaker ones.
const std::vector<expected> weaker{
    {"MP", "Wx1 Wy1 | Ry1 Rx0", allowed},
    {"MP+fence+po", "Wx1 F Wy1 | Ry1 Rx0", allowed},
    {"MP+po+fence", "Wx1 Wy1 | Ry1 F Rx0", allowed},
    {"MP+fences", "Wx1 F Wy1 | Ry1 F Rx0", forbidden},
    {"MP+fence of writes+fence of reads", "Wx1 Fw-w Wy1 | Ry1 Fr-r Rx0", forbidden},
    {"MP+fence of reads+fence of reads", "Wx1 Fr-rw Wy1 | Ry1 Fr-r Rx0", allowed},
    {"MP+fence+addr", "Wx1 F Wy1 | Ry1 address:Rx0", forbidden},
    {"MP+fence+ctrl", "Wx1 F Wy1 | Ry1 control:Rx0", allowed},
    {"MP+rel+acq", "Wx1 Wy1.rel | Ry1.acq Rx0", forbidden},
    {"MP+rel, then a write to the same+acq", "Wx1 Wy1.rel Wy2 | Ry2.acq Rx0", forbidden},
    {"MP+po+acq", "Wx1 Wy1 | Ry1.acq Rx0", allowed},
    {"MP+rel+po", "Wx1 Wy1.rel | Ry1 Rx0", allowed},
    {"MP+change with release+acq", "Wx1 Xy0>1.rel | Ry1.acq Rx0", forbidden},
    {"MP+rel+change with acquire", "Wx1 Wy1.rel | Xy1>2.acq Rx0", forbidden},
    {"MP+change+acq", "Wx1 Xy0>1 | Ry1.acq Rx0", allowed},
    {"MP+rel+change", "Wx1 Wy1.rel | Xy1>2 Rx0", allowed},
    {"MP+rel+change by another+acq", "Wx1 Wy1.rel | Xy1>2 | Ry2.acq Rx0", forbidden},
    {"SB", "Wx1 Ry0 | Wy1 Rx0", allowed},
    {"SB+fence+po", "Wx1 F Ry0 | Wy1 Rx0", allowed},
    {"SB+fences", "Wx1 F Ry0 | Wy1 F Rx0", forbidden},
    {"SB+fences of all but writes before reads", "Wx1 Fr-rw Fw-w Ry0 | Wy1 Fr-rw Fw-w Rx0",
     allowed},
    {"SB+rel+acq", "Wx1.rel Ry0.acq | Wy1.rel Rx0.acq", forbidden},
    {"SB+rel+po", "Wx1.rel Ry0 | Wy1.rel Rx0", allowed},
    {"SB+changes", "Xx0>1 Ry0 | Xy0>1 Rx0", allowed},
    {"LB", "Rx1 Wy1 | Ry1 Wx1", allowed},
    {"LB+data+po", "Rx1 data:Wy1 | Ry1 Wx1", allowed},
    {"LB+datas", "Rx1 data:Wy1 | Ry1 data:Wx1", forbidden},
    {"LB+addrs", "Rx1 address:Wy1 | Ry1 address:Wx1", forbidden},
    {"LB+ctrls", "Rx1 control:Wy1 | Ry1 control:Wx1", forbidden},
    {"LB+acqs", "Rx1.acq Wy1 | Ry1.acq Wx1", forbidden},
    {"LB+rels", "Rx1 Wy1.rel | Ry1 Wx1.rel", forbidden},
    {"S", "Wx2 Wy1 | Ry1 Wx1 ; x=2", allowed},
    {"S+fence+data", "Wx2 F Wy1 | Ry1 data:Wx1 ; x=2", forbidden},
    {"S+fence+ctrl", "Wx2 F Wy1 | Ry1 control:Wx1 ; x=2", forbidden},
    {"S+fence+po", "Wx2 F Wy1 | Ry1 Wx1 ; x=2", allowed},
    {"R", "Wx1 Wy1 | Wy2 Rx0 ; y=2", allowed},
    {"R+fence+po", "Wx1 F Wy1 | Wy2 Rx0 ; y=2", allowed},
    {"R+fences", "Wx1 F Wy1 | Wy2 F Rx0 ; y=2", forbidden},
    {"2+2W", "Wx1 Wy2 | Wy1 Wx2 ; x=1 y=1", allowed},
    {"2+2W+fences of writes", "Wx1 Fw-w Wy2 | Wy1 Fw-w Wx2 ; x=1 y=1", forbidden},
    {"2+2W+rels", "Wx1 Wy2.rel | Wy1 Wx2.rel ; x=1 y=1", forbidden},
    {"WRC", "Wx1 | Rx1 Wy1 | Ry1 Rx0", allowed},
    {"WRC+addrs", "Wx1 | Rx1 address:Wy1 | Ry1 address:Rx0", forbidden},
    {"WRC+data+addr", "Wx1 | Rx1 data:Wy1 | Ry1 address:Rx0", forbidden},
    {"RWC+fences", "Wx1 | Rx1 F Ry0 | Wy1 F Rx0", forbidden},
    {"RWC+addr+fence", "Wx1 | Rx1 address:Ry0 | Wy1 F Rx0", forbidden},
    {"IRIW", "Wx1 | Rx1 Ry0 | Wy1 | Ry1 Rx0", allowed},
    {"IRIW+addrs", "Wx1 | Rx1 address:Ry0 | Wy1 | Ry1 address:Rx0", forbidden},
    {"IRIW+acqs", "Wx1 | Rx1.acq Ry0 | Wy1 | Ry1.acq Rx0", forbidden},
    {"IRIW+fences", "Wx1 | Rx1 F Ry0 | Wy1 | Ry1 F Rx0", forbidden},
    {"ISA2+fence+addrs", "Wx1 F Wy1 | Ry1 address:Wz1 | Rz1 address:Rx0", forbidden},
    {"ISA2+fence+po+addr", "Wx1 F Wy1 | Ry1 Wz1 | Rz1 address:Rx0", allowed},
    {"PPOCA", "Wx1 F Wy1 | Ry1 control:Wz1 Rz1 address:Rx0", allowed},
    {"PPOAA", "Wx1 F Wy1 | Ry1 address:Wz1 Rz1 address:Rx0", forbidden},
    {"RSW", "Wx1 F Wy1 | Ry1 address:Rz0 Rz0 address:Rx0", allowed},
    {"RSW, another's write", "Wx1 F Wy1 | Ry1 address:Rz1 Rz1 address:Rx0 | Wz1", allowed},
    {"RDW", "Wx1 F Wy1 | Ry1 address:Rz0 Rz1 address:Rx0 | Wz1", forbidden},
    {"MP+fence+addr-po to a write", "Wx2 F Wy1 | Ry1 address:Rz0 Wx1 ; x=2", forbidden},
};

TEST_CASE("memory models: ARMv8 orders by dependency, barrier, acquire and release",
          "[weak][6.9]") {
  check(weak::armv8, weaker);
  check(weak::armv8,
        {
            {"MP+dmb+ctrlisb", "Wx1 F Wy1 | Ry1 control:isb Rx0", forbidden},
            {"MP+dmb+isb", "Wx1 F Wy1 | Ry1 isb Rx0", allowed},
            {"MP+rel+acqpc", "Wx1 Wy1.rel | Ry1.pc Rx0", forbidden},
            {"MP+dmb+change that is read with acquire", "Wx1 F Wy1 | Xy1>2 Ry2.acq Rx0", forbidden},
            {"MP+dmb+write that is read with acquire", "Wx1 F Wy1 | Ry1 Wy2 Ry2.acq Rx0", allowed},
            {"SB+rel+acqpc", "Wx1.rel Ry0.pc | Wy1.rel Rx0.pc", allowed},
            {"SB+exclusives with acquire and release", "Lx0>1.acq.rel Ry0 | Ly0>1.acq.rel Rx0",
             allowed},
            {"MP+swpal in the place of a barrier", "Wx1 Xz0>1.acq.rel Wy1 | Ry1 address:Rx0",
             forbidden},
            {"MP+exclusives with acquire and release in the place of a barrier",
             "Wx1 Lz0>1.acq.rel Wy1 | Ry1 address:Rx0", allowed},
        });
}

TEST_CASE("memory models: RISC-V orders by dependency, fence, and annotation", "[weak][6.9]") {
  check(weak::risc_v, weaker);
  check(weak::risc_v,
        {
            {"SB+fence.tso", "Wx1 Fr-rw Fw-w Ry0 | Wy1 F Rx0", allowed},
            {"MP+fence w,w+fence r,rw", "Wx1 Frw-w Wy1 | Ry1 Fr-rw Rx0", forbidden},
            {"MP+fence+change that is read", "Wx1 F Wy1 | Xy1>2 Ry2 address:Rx0", forbidden},
            {"MP+fence+write that is read", "Wx1 F Wy1 | Ry1 Wy2 Ry2 address:Rx0", allowed},
            {"MP+fence+change, then the same", "Wx1 F Wy1 | Xy1>2.acq Rx0", forbidden},
        });
}

}  // namespace litmus_test
