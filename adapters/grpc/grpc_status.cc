#include "adapters/grpc/grpc_status.h"

namespace loadcurve::rpc {
namespace {

grpc::StatusCode CodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kConflict:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorCode::kInternal:
      return grpc::StatusCode::INTERNAL;
    default:
      return grpc::StatusCode::UNAVAILABLE;
  }
}

}  // namespace

grpc::Status StatusOf(const Error& error) {
  return {CodeOf(error.code), error.message};
}

}  // namespace loadcurve::rpc
