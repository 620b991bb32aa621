#pragma once

namespace loadcurve {

// Gives large blocks back to the system as soon as they are free, for a process that runs for
// months: answers of a Prometheus are megabytes, and come and go with each step. glibc would by
// itself keep as much as the largest of them for each thread.
void ReturnLargeBlocks();

}  // namespace loadcurve
