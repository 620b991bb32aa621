#include "adapters/cloud/aws/request_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "adapters/http/digest.h"

namespace loadcurve::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<std::string> Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  // Bytes are bytes to OpenSSL, whatever their sign.
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), from, text.size(), bytes.data(),
           &length) == nullptr)
    return Fail(ErrorCode::kInternal, "OpenSSL refuses to sign");
  return std::string(bytes.begin(), bytes.begin() + length);
}

std::string HexOf(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    digits += "0123456789abcdef"[byte >> 4U];
    digits += "0123456789abcdef"[byte & 0xFU];
  }
  return digits;
}

struct UrlParts {
  std::string host;
  std::string path;
  std::string query;
};

Result<UrlParts> PartsOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "'" + url + "' has no host to sign for");
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
  UrlParts parts{.host = url.substr(begin, end - begin)};
  const std::size_t query = url.find('?', end);
  parts.path = url.substr(end, std::min(query, url.size()) - end);
  if (parts.path.empty()) parts.path = "/";
  if (query != std::string::npos) parts.query = url.substr(query + 1);
  if (parts.host.empty())
    return Fail(ErrorCode::kInvalidArgument, "'" + url + "' has no host to sign for");
  return parts;
}

// Sorted by name, then value; what the URL says is encoded already.
std::string CanonicalQuery(const std::string& query) {
  Pairs pairs;
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string part = query.substr(begin, end - begin);
    const std::size_t equals = std::min(part.find('='), part.size());
    pairs.emplace_back(part.substr(0, equals), equals < part.size() ? part.substr(equals + 1) : "");
    begin = end + 1;
  }
  std::ranges::sort(pairs);
  std::string canonical;
  for (const auto& [name, value] : pairs)
    canonical += (canonical.empty() ? "" : "&") + name + "=" + value;
  return canonical;
}

// Lower-case names in order, values without outer and double spaces, those of one name joined.
Pairs CanonicalHeaders(const http::Headers& headers) {
  Pairs canonical;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    std::string trimmed;
    for (const char c : value)
      if (c != ' ' || (!trimmed.empty() && trimmed.back() != ' ')) trimmed += c;
    if (!trimmed.empty() && trimmed.back() == ' ') trimmed.pop_back();
    const auto same = std::ranges::find(canonical, lower, &Pairs::value_type::first);
    if (same == canonical.end()) {
      canonical.emplace_back(std::move(lower), std::move(trimmed));
    } else {
      same->second += "," + trimmed;
    }
  }
  std::ranges::sort(canonical, {}, &Pairs::value_type::first);
  return canonical;
}

Result<std::string> SigningKey(const Credentials& credentials, const std::string& day,
                               const SigningScope& scope) {
  LC_TRY(const std::string date, Hmac("AWS4" + credentials.secret_access_key, day));
  LC_TRY(const std::string region, Hmac(date, scope.region));
  LC_TRY(const std::string service, Hmac(region, scope.service));
  return Hmac(service, "aws4_request");
}

}  // namespace

std::string AmzDate(TimePoint now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(seconds - day);
  const auto digits = [](std::int64_t value, std::size_t width) {
    std::string text = std::to_string(value);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return digits(static_cast<int>(date.year()), 4) + digits(static_cast<unsigned>(date.month()), 2) +
         digits(static_cast<unsigned>(date.day()), 2) + "T" + digits(time.hours().count(), 2) +
         digits(time.minutes().count(), 2) + digits(time.seconds().count(), 2) + "Z";
}

Result<http::HttpRequest> Signed(http::HttpRequest request, const Credentials& credentials,
                                 const SigningScope& scope, TimePoint now) {
  LC_TRY(const UrlParts parts, PartsOf(request.url));
  const std::string time = AmzDate(now);
  const std::string day = time.substr(0, 8);
  request.headers.emplace_back("X-Amz-Date", time);
  if (!credentials.session_token.empty())
    request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);

  http::Headers signed_headers = request.headers;
  signed_headers.emplace_back("Host", parts.host);
  std::string names;
  std::string lines;
  for (const auto& [name, value] : CanonicalHeaders(signed_headers)) {
    names += (names.empty() ? "" : ";") + name;
    lines += name + ":" + value + "\n";
  }
  LC_TRY(const std::string body_hash, http::Sha256Hex(request.body));
  const std::string canonical = request.method + "\n" + parts.path + "\n" +
                                CanonicalQuery(parts.query) + "\n" + lines + "\n" + names + "\n" +
                                body_hash;
  LC_TRY(const std::string request_hash, http::Sha256Hex(canonical));
  const std::string within = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + time + "\n" + within + "\n" + request_hash;
  LC_TRY(const std::string key, SigningKey(credentials, day, scope));
  LC_TRY(const std::string signature, Hmac(key, to_sign));
  request.headers.emplace_back(
      "Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                           within + ", SignedHeaders=" + names + ", Signature=" + HexOf(signature));
  return request;
}

}  // namespace loadcurve::aws
