// Prints what was running when the program crashes, so that a crash can be replayed too.
#pragma once

namespace model {

// `print` runs when the process is about to die of a signal, or of an error that AddressSanitizer found.
// It should print no more than a line or two.
void report_crashes_by(void (*print)());

}  // namespace model
