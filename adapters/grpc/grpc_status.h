#pragma once

#include <grpcpp/support/status.h>

#include "base/result.h"

namespace loadcurve::rpc {

// The error as gRPC says it, with its message. What is missing or too old is UNAVAILABLE: who asked
// goes on with what it has, and asks again.
grpc::Status StatusOf(const Error& error);

}  // namespace loadcurve::rpc
