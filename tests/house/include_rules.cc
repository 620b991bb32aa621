#include "tests/house/include_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace loadcurve::house {
namespace {

// base <- metrics <- forecaster <- scaler <- adapters <- cmd
const std::vector<std::string_view> kRooms = {"base",   "metrics",  "forecaster",
                                              "scaler", "adapters", "cmd"};

// Adapters that other adapters may stand on.
const std::set<std::string_view> kGroundAdapters = {"files", "http", "kube",
                                                    "logs",  "grpc", "profile_codec"};

// Header prefixes of packages, by room; an adapter is a room of its own.
const std::map<std::string_view, std::vector<std::string_view>> kPackagesOf = {
    {"base", {"tl/"}},
    {"metrics", {"Eigen/"}},
    {"forecaster", {"Eigen/", "tbb/"}},
    {"scaler", {}},
    {"scaler/control_loop", {"tbb/"}},
    {"scaler/twin", {"tbb/"}},
    {"scaler/capacity", {"coin/", "tbb/"}},
    {"adapters/autoscaler_grpc", {"grpcpp/"}},
    {"adapters/calendar", {"libical/", "yaml-cpp/"}},
    {"adapters/cloud/aws", {"openssl/"}},
    {"adapters/cloud/bridgx", {"nlohmann/"}},
    {"adapters/cloud/cluster_api", {"nlohmann/"}},
    {"adapters/cloud/simulated", {"fmt/", "nlohmann/", "yaml-cpp/"}},
    {"adapters/external_metrics", {"fmt/", "nlohmann/"}},
    {"adapters/files", {"fmt/", "lzma.h", "zlib.h", "zstd.h"}},
    {"adapters/grpc", {"fmt/", "grpc/", "grpcpp/"}},
    {"adapters/http", {"boost/", "curl/", "fmt/", "openssl/"}},
    {"adapters/keda", {"fmt/", "grpc/", "grpcpp/", "nlohmann/"}},
    {"adapters/kube", {"nlohmann/", "yaml-cpp/"}},
    {"adapters/logs", {"date/", "emmintrin.h", "fmt/", "nlohmann/", "re2/", "simdjson.h", "tbb/"}},
    {"adapters/mock", {"boost/", "fmt/", "nghttp2/", "nlohmann/", "re2/", "yaml-cpp/"}},
    {"adapters/plot", {"fmt/"}},
    {"adapters/pool_codec", {"yaml-cpp/"}},
    {"adapters/profile_codec", {"date/", "fmt/", "yaml-cpp/"}},
    {"adapters/prometheus", {"fmt/", "re2/", "simdjson.h"}},
    {"adapters/sample_service", {"boost/", "fmt/"}},
    {"adapters/replay", {"boost/", "fmt/", "nghttp2/", "nlohmann/", "re2/", "yaml-cpp/"}},
    {"adapters/series", {"fmt/"}},
    {"adapters/spot_trace", {"nlohmann/"}},
    {"adapters/store", {"fmt/", "sqlite3.h", "zstd.h"}},
    {"adapters/telemetry", {"prometheus/"}},
    {"cmd", {"CLI/", "fmt/", "malloc.h", "nlohmann/", "spdlog/", "tbb/"}},
};

const std::set<std::string_view> kStandardHeaders = {"algorithm",
                                                     "any",
                                                     "array",
                                                     "atomic",
                                                     "barrier",
                                                     "bit",
                                                     "bitset",
                                                     "cassert",
                                                     "cctype",
                                                     "cerrno",
                                                     "cfenv",
                                                     "cfloat",
                                                     "charconv",
                                                     "chrono",
                                                     "cinttypes",
                                                     "climits",
                                                     "clocale",
                                                     "cmath",
                                                     "compare",
                                                     "complex",
                                                     "concepts",
                                                     "condition_variable",
                                                     "coroutine",
                                                     "csetjmp",
                                                     "csignal",
                                                     "cstdarg",
                                                     "cstddef",
                                                     "cstdint",
                                                     "cstdio",
                                                     "cstdlib",
                                                     "cstring",
                                                     "ctime",
                                                     "cuchar",
                                                     "cwchar",
                                                     "cwctype",
                                                     "deque",
                                                     "exception",
                                                     "execution",
                                                     "filesystem",
                                                     "format",
                                                     "forward_list",
                                                     "fstream",
                                                     "functional",
                                                     "future",
                                                     "initializer_list",
                                                     "iomanip",
                                                     "ios",
                                                     "iosfwd",
                                                     "iostream",
                                                     "istream",
                                                     "iterator",
                                                     "latch",
                                                     "limits",
                                                     "list",
                                                     "locale",
                                                     "map",
                                                     "memory",
                                                     "memory_resource",
                                                     "mutex",
                                                     "new",
                                                     "numbers",
                                                     "numeric",
                                                     "optional",
                                                     "ostream",
                                                     "queue",
                                                     "random",
                                                     "ranges",
                                                     "ratio",
                                                     "regex",
                                                     "scoped_allocator",
                                                     "semaphore",
                                                     "set",
                                                     "shared_mutex",
                                                     "source_location",
                                                     "span",
                                                     "sstream",
                                                     "stack",
                                                     "stdexcept",
                                                     "stop_token",
                                                     "streambuf",
                                                     "string",
                                                     "string_view",
                                                     "syncstream",
                                                     "system_error",
                                                     "thread",
                                                     "tuple",
                                                     "type_traits",
                                                     "typeindex",
                                                     "typeinfo",
                                                     "unordered_map",
                                                     "unordered_set",
                                                     "utility",
                                                     "valarray",
                                                     "variant",
                                                     "vector",
                                                     "version"};

// The operating system, and vector instructions; for adapters and cmd.
const std::vector<std::string_view> kSystemHeaders = {
    "arm_neon.h", "arpa/",       "dirent.h",   "emmintrin.h", "fcntl.h", "fnmatch.h",
    "glob.h",     "immintrin.h", "langinfo.h", "linux/",      "net/",    "netdb.h",
    "netinet/",   "poll.h",      "pthread.h",  "pty.h",       "pwd.h",   "sched.h",
    "signal.h",   "spawn.h",     "sys/",       "termios.h",   "time.h",  "unistd.h"};

bool StartsWithAny(std::string_view header, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return header.starts_with(prefix); });
}

// "adapters" of "adapters/logs/csv_parser.h".
std::string_view FirstPart(std::string_view path) {
  return path.substr(0, path.find('/'));
}

// "logs" of "adapters/logs/csv_parser.h"; "" where there is no second folder.
std::string_view SecondPart(std::string_view path) {
  const std::size_t first = path.find('/');
  if (first == std::string_view::npos) return "";
  const std::size_t second = path.find('/', first + 1);
  return second == std::string_view::npos ? "" : path.substr(first + 1, second - first - 1);
}

// How far down the flow a room stands; -1 for what is no room (tests, bench).
int Depth(std::string_view room) {
  const auto found = std::find(kRooms.begin(), kRooms.end(), room);
  return found == kRooms.end() ? -1 : static_cast<int>(found - kRooms.begin());
}

}  // namespace

std::string WhyNotByArrows(const std::string& path, const IncludeLine& include) {
  if (!include.is_quoted) return "";
  const std::string_view from = FirstPart(path);
  const std::string_view to = FirstPart(include.header);
  if (Depth(from) < 0) return "";  // tests and bench may include anything
  if (Depth(to) < 0)
    return "includes \"" + include.header + "\"; expected a path from the root that names a room";
  if (Depth(to) > Depth(from))
    return std::string(from) + " includes " + include.header +
           "; expected base <- metrics <- forecaster <- scaler <- adapters <- cmd";
  if (from != "adapters" || to != "adapters") return "";
  const std::string_view other = SecondPart(include.header);
  if (other == SecondPart(path) || kGroundAdapters.contains(other)) return "";
  return "adapters/" + std::string(SecondPart(path)) + " includes " + include.header +
         "; expected itself or a ground adapter (files, http, kube, logs, grpc, profile_codec)";
}

std::string WhyNotByPackages(const std::string& path, const IncludeLine& include) {
  const std::string_view room = FirstPart(path);
  if (include.is_quoted || Depth(room) < 0) return "";
  const std::string& header = include.header;
  if (kStandardHeaders.contains(header)) return "";
  const bool is_outside = room == "adapters" || room == "cmd";
  if (is_outside && StartsWithAny(header, kSystemHeaders)) return "";
  for (const auto& [place, packages] : kPackagesOf) {
    const bool is_here =
        path.starts_with(place) && (path[place.size()] == '/' || path[place.size()] == '.');
    if (is_here && StartsWithAny(header, packages)) return "";
  }
  return "includes <" + header +
         ">, a package that this room may not use; include_rules.cc has the list";
}

}  // namespace loadcurve::house
