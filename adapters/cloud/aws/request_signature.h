#pragma once

#include <string>

#include "adapters/http/http_transport.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token{};  // of temporary ones
};

// Of whom something is asked.
struct SigningScope {
  std::string region;   // "eu-central-1"
  std::string service;  // "ec2"
};

// Signs a request by AWS Signature Version 4: adds X-Amz-Date, X-Amz-Security-Token where there is
// one, and Authorization, which covers the host, all headers that are there, and the body.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// kInvalidArgument for a URL without a host, kInternal where OpenSSL refuses.
[[nodiscard]] Result<http::HttpRequest> Signed(http::HttpRequest request,
                                               const Credentials& credentials,
                                               const SigningScope& scope, TimePoint now);

// "20150830T123600Z"
std::string AmzDate(TimePoint now);

}  // namespace loadcurve::aws
