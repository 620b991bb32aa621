#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_transport.h"
#include "base/result.h"

namespace re2 {
class RE2;
}

namespace loadcurve::replay {

// What a rule makes of a request; what it does not name stays as the log has it.
struct MappedRequest {
  std::optional<std::string> method;
  std::optional<std::string> path;
  std::optional<http::Headers> headers;
  std::optional<std::string> body;
};

// How requests of a log, which lacks headers, bodies or even paths, become requests that can be
// sent. A YAML file:
//
//   variables:
//     id: {from: 1, to: 5000}        # a whole number, drawn for each request
//     colour: [red, green]           # one of these
//   requests:
//     - match: '^POST /cart/([0-9]+)$'   # RE2, in "METHOD /path?query" or an operation's name
//       path: /cart/${1}
//       headers: {Content-Type: application/json}
//       body: '{"item": ${id}, "colour": "${colour}"}'
//
// The first rule that matches counts. Seeded: the same requests give the same ones again.
class RequestMapping {
 public:
  // A broken file is kInvalidArgument that names the lines.
  [[nodiscard]] static Result<RequestMapping> Parse(const std::string& text,
                                                    const std::string& file_name);

  // Nothing where no rule matches.
  std::optional<MappedRequest> Map(const std::string& request);

 private:
  struct Variable {
    std::vector<std::string> values;  // one of these, or else
    std::int64_t from = 0;            // a number from `from` to `to`
    std::int64_t to = 0;
  };
  struct Rule {
    std::shared_ptr<const re2::RE2> match;
    MappedRequest templates;
  };
  friend class MappingReader;

  RequestMapping() = default;
  std::string Fill(std::string_view text, const std::vector<std::string>& groups);

  std::map<std::string, Variable, std::less<>> variables_;
  std::vector<Rule> rules_;
  std::mt19937_64 random_{1};
};

}  // namespace loadcurve::replay
