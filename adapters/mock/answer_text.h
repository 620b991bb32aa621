#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/mock/service_model.h"

namespace loadcurve::mock {

// How the client wants an answer.
struct AnswerForm {
  bool is_head = false;  // to HEAD: no body, whatever its length
  bool is_last = false;  // the connection ends with it
};

// Adds the status line and the headers, with the empty line behind them.
void AppendHead(const PlannedAnswer& answer, AnswerForm form, std::string& text);

// Answers of this status tell the length of their body.
bool HasLength(int status);

// Bytes of the body that are sent: half of it where it is cut, none to HEAD.
std::uint64_t BodySize(const PlannedAnswer& answer, bool is_head);

// The next piece of a body of which `end` bytes are to be sent, from byte `begin` on: of the
// route's own, or of filling. Empty behind the end; else at least one byte.
std::string_view BodyFrom(const PlannedAnswer& answer, std::uint64_t begin, std::uint64_t end);

}  // namespace loadcurve::mock
