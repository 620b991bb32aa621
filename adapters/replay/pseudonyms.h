#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace loadcurve::replay {

// Replaces what names one of many in paths and queries by something of the same shape, so that a
// log can be handed on: numbers, UUIDs, hexadecimal ids, e-mail addresses, random-looking tokens.
//
//   /users/4711/orders?from=joe%40shop.com     /users/8302/orders?from=qxe%40wmtu.invalid
//
// Digits become digits, letters letters of the same case, so lengths stay and routes are named as
// before (see logs::RouteTemplate). The same identifier becomes the same one everywhere, and two
// that differ still differ. Without the key neither can be told from the other (a Feistel network
// of ten rounds on SHA-256, as NIST SP 800-38G has it for AES); with it anybody can.
//
// Words stay, and so do the names of parameters and, as values of parameters, numbers below 100
// (pages, limits): what somebody searched for is not an identifier and is not recognised as one.
// E-mail addresses end in ".invalid" (RFC 2606), so that nobody gets mail.
class Pseudonyms {
 public:
  // `key` should be secret and not be used for anything else.
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

  // Of a path with its query. kInternal where OpenSSL refuses.
  [[nodiscard]] Result<std::string> InTarget(std::string_view target) const;

  // Of one identifier, whatever it is; what is no letter or digit stays.
  [[nodiscard]] Result<std::string> Of(std::string_view identifier) const;

 private:
  [[nodiscard]] Result<std::string> InSegment(std::string_view segment, bool is_value) const;
  [[nodiscard]] Result<std::string> OfEmail(std::string_view address) const;

  const std::string key_;
};

}  // namespace loadcurve::replay
