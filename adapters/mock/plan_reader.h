#pragma once

#include <string>

#include "adapters/mock/mock_plan.h"
#include "base/result.h"

namespace loadcurve::mock {

// Reads a plan in YAML; docs/mock.md explains the fields:
//
//   routes:
//     - route: GET /item/{id}        # {...} is one part of a path, a * at the end all the rest
//       latency: {lognormal: {median: 20ms, p99: 200ms}}
//       size: 2048
//     - match: '^POST /pay'          # or RE2, in "METHOD /path?query"
//       name: pay
//       latency: {percentiles: {p50: 30ms, p99: 400ms, p100: 2s}}
//       status: {200: 0.98, 402: 0.02}
//       body: '{"ok": true}'
//       pool: bank
//   pools:
//     bank: {workers: 8, queue: 100}
//   faults:
//     - {name: outage, kind: status, status: 503, share: 0.2, from: 30s, until: 90s}
//
// Its routes come before those of `base`, which a log gave, and its pools beside them.
//
// A broken plan is kInvalidArgument that names each mistake: file, line, field, what is there and
// what was expected.
[[nodiscard]] Result<MockPlan> ParsePlan(const std::string& text, const std::string& file_name,
                                         MockPlan base = {});

}  // namespace loadcurve::mock
