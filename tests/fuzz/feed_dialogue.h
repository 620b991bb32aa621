#pragma once

#include <string_view>

namespace loadcurve::replay {

// Lets a target say this over HTTP/2, whatever it is, to a client with three requests under way;
// stops the process where they do not end exactly once each. Returns how many were answered.
int FeedDialogue(std::string_view bytes);

}  // namespace loadcurve::replay
