#pragma once

#include <grpcpp/support/status.h>

#include "base/result.h"

namespace loadcurve::keda {

// The error as gRPC says it, with its message. What is missing or too old is UNAVAILABLE: KEDA
// keeps the count, or falls back as its ScaledObject says, and asks again.
grpc::Status StatusOf(const Error& error);

}  // namespace loadcurve::keda
