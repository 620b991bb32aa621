#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace loadcurve::logs {

// What a user wrote as 'REGEX=NAME'. Parted at the last '=', so the expression may hold
// others.
struct NamingRule {
  std::shared_ptr<const re2::RE2> pattern;
  std::string name;

  // RE2 syntax. No '=', an empty part or a wrong expression is kInvalidArgument, which
  // names `option` and the text. `option` is "--route", say.
  [[nodiscard]] static Result<NamingRule> Parse(std::string_view option, std::string_view text);
  [[nodiscard]] static Result<std::vector<NamingRule>> ParseAll(
      std::string_view option, const std::vector<std::string>& texts);
};

// Where the pattern of a rule is found in `text`, its name; empty where none is.
std::string_view NameByRules(const std::vector<NamingRule>& rules, std::string_view text);

// Turns method and target into a route class: requests that the same code answers.
//
//   GET  /users/42/orders?page=2            GET /users/{id}/orders
//   POST http://shop:8080/cart/a3f9c04be1/  POST /cart/{id}
//   GET  /static/app.9f3c2e1b.js            GET /static/*.js
//
// Removed: scheme and host, query, fragment, path parameters (";jsessionid=..."), doubled
// and trailing slashes. A segment becomes {id} where it is a number, a UUID, eight or more
// hexadecimal digits with a digit among them, a date, an e-mail address, a random-looking
// token, over 64 bytes long, or holds bytes that are not printable ASCII; within a segment
// the same holds for the parts between -_.:,~ ("order-123" is "order-{id}"). Names of static
// files are kept as "*.css", "*.js" and so on. Percent-encoding is left as it is, and so is
// upper and lower case. A route longer than 200 bytes ends in "/...".
//
// What is not a request of HTTP (garbage on the port, a method that is no word) is "other".
// Nothing of a query, and no token that looks random, ever becomes part of a route.
//
// Not thread-safe; a copy for each thread. Allocates nothing after its first calls.
class RouteTemplate {
 public:
  static constexpr std::string_view kOther = "other";

  // The first rule found in "METHOD /path", before anything becomes {id}, names the route.
  explicit RouteTemplate(std::vector<NamingRule> rules = {});

  // Valid until the next call.
  std::string_view RouteOf(std::string_view method, std::string_view target);

 private:
  void AppendPath(std::string_view path);

  std::vector<NamingRule> rules_;
  std::string route_;
  std::string whole_;
};

}  // namespace loadcurve::logs
