#include "adapters/replay/target.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>

namespace loadcurve::replay {
namespace {

namespace ip = boost::asio::ip;

struct Range {
  const char* network;
  unsigned short bits;
};

bool IsPrivate(const ip::address_v4& address) {
  constexpr Range kPrivate[] = {{"127.0.0.0", 8},
                                {"10.0.0.0", 8},
                                {"172.16.0.0", 12},
                                {"192.168.0.0", 16},
                                {"100.64.0.0", 10}};
  for (const Range& range : kPrivate) {
    const std::uint32_t network = ip::make_address_v4(range.network).to_uint();
    if ((address.to_uint() ^ network) >> (32U - range.bits) == 0) return true;
  }
  return false;
}

Result<void> SplitAuthority(std::string_view url, std::string_view authority, Target& target) {
  const auto wrong = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--target '{}': {}; expected http://HOST[:PORT] or https://HOST[:PORT]",
                            url, why));
  };
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#@ ") != std::string_view::npos)
    return wrong("a path, a query or a user is not allowed");
  target.host_header = authority;
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t bracket = authority.find(']');
  if (is_bracketed && bracket == std::string_view::npos) return wrong("a bracket is not closed");
  const std::size_t colon = authority.find(':', is_bracketed ? bracket : 0);
  target.host = is_bracketed ? authority.substr(1, bracket - 1) : authority.substr(0, colon);
  if (target.host.empty()) return wrong("the host is empty");
  target.port = target.is_tls ? 443 : 80;
  if (colon == std::string_view::npos) return {};
  const std::string_view port = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc() || end != port.data() + port.size() || target.port == 0)
    return wrong(fmt::format("the port is '{}'", port));
  return {};
}

Result<void> Resolve(bool may_be_public, Target& target) {
  boost::asio::io_context io;
  ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(target.host, std::to_string(target.port),
                                      ip::tcp::resolver::numeric_service, error);
  if (error || found.empty())
    return Fail(ErrorCode::kNotFound, fmt::format("--target '{}': the host is not known: {}",
                                                  target.url, error.message()));
  for (const auto& entry : found) {
    const std::string address = entry.endpoint().address().to_string();
    if (target.address.empty()) target.address = address;
    if (may_be_public || IsPrivateAddress(address)) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--target '{}' is at {}, which is not a private address; load is sent "
                            "there only with --i-own-this-target",
                            target.url, address));
  }
  return {};
}

}  // namespace

bool IsPrivateAddress(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return false;
  if (address.is_v4()) return IsPrivate(address.to_v4());
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return IsPrivate(ip::make_address_v4(ip::v4_mapped, v6));
  constexpr unsigned kUniqueLocalMask = 0xFE;
  constexpr unsigned kUniqueLocal = 0xFC;
  return v6.is_loopback() || v6.is_link_local() ||
         (v6.to_bytes()[0] & kUniqueLocalMask) == kUniqueLocal;
}

Result<Target> ParseTarget(std::string_view url, bool may_be_public) {
  Target target;
  target.url = url;
  target.is_tls = url.starts_with("https://");
  if (!target.is_tls && !url.starts_with("http://"))
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--target '{}': expected http://HOST[:PORT] or https://HOST[:PORT]", url));
  LC_TRY_VOID(SplitAuthority(url, url.substr(url.find("://") + 3), target));
  LC_TRY_VOID(Resolve(may_be_public, target));
  return target;
}

}  // namespace loadcurve::replay
