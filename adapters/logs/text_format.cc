#include "adapters/logs/text_format.h"

#include <array>
#include <utility>

#include "adapters/logs/log_time.h"
#include "adapters/logs/text_parser.h"
#include "adapters/logs/text_program.h"

namespace loadcurve::logs {
namespace {

Result<std::unique_ptr<LineParser>> Made(std::string_view name, const TextLayout& layout,
                                         const TextFormatOptions& options) {
  LC_TRY(TextProgram program, Compile(name, layout, options));
  LC_TRY(LocalTime local, LocalTime::Make(options.time_zone));
  return std::make_unique<TextParser>(std::move(program), std::move(local));
}

constexpr std::array<std::string_view, 4> kKnownApache = {
    R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D)",
    R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %T/%D)",
    R"(%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %D)",
    R"(%h %l %u %t "%r" %>s %b %D)"};

// Behind nginx's own "combined".
constexpr std::string_view kCombined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
    R"("$http_referer" "$http_user_agent")";
constexpr std::array<std::string_view, 9> kKnownNginxEnds = {
    " $request_time", " $request_time $upstream_response_time",
    " $request_time $upstream_response_time $pipe",
    " $request_time $upstream_response_time $upstream_addr",
    " $request_time $upstream_addr $upstream_response_time",
    R"( rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" )"
    R"(urt="$upstream_response_time")",
    " rt=$request_time uct=$upstream_connect_time uht=$upstream_header_time "
    "urt=$upstream_response_time",
    " rt=$request_time",
    // The Kubernetes ingress controller.
    " $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] "
    "$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"};

}  // namespace

Result<std::unique_ptr<LineParser>> NginxFormat(std::string_view log_format,
                                                const TextFormatOptions& options) {
  LC_TRY(const TextLayout layout, NginxLayout(log_format));
  return Made("nginx", layout, options);
}

Result<std::unique_ptr<LineParser>> ApacheFormat(std::string_view log_format,
                                                 const TextFormatOptions& options) {
  LC_TRY(const TextLayout layout, ApacheLayout(log_format));
  return Made("apache", layout, options);
}

bool IsTextFormat(std::string_view format) {
  return format.find_first_of("$%") != std::string_view::npos;
}

Result<std::unique_ptr<LineParser>> TextFormat(std::string_view format,
                                               const TextFormatOptions& options) {
  if (format.find('$') != std::string_view::npos) return NginxFormat(format, options);
  return ApacheFormat(format, options);
}

std::vector<std::unique_ptr<LineParser>> KnownTextFormats(const TextFormatOptions& options) {
  std::vector<std::unique_ptr<LineParser>> known;
  // A format that lacks the variable that the user chose is no candidate.
  const auto add = [&known](Result<std::unique_ptr<LineParser>> parser) {
    if (parser) known.push_back(*std::move(parser));
  };
  for (const std::string_view format : kKnownApache) add(ApacheFormat(format, options));
  for (const std::string_view end : kKnownNginxEnds)
    add(NginxFormat(std::string(kCombined) + std::string(end), options));
  return known;
}

bool IsWebServerLine(std::string_view line) {
  constexpr std::size_t kTimeSize = 26;
  const std::size_t time_at = line.find(" [") + 2;
  if (time_at == 1 || line.size() < time_at + kTimeSize) return false;
  TimePoint ignored;
  LogTime time;
  if (!time.ReadClf(line.substr(time_at, kTimeSize), ignored)) return false;
  return line.substr(time_at + kTimeSize).starts_with("] \"");
}

}  // namespace loadcurve::logs
