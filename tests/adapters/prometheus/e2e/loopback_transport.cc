#include "tests/adapters/prometheus/e2e/loopback_transport.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <limits>

namespace loadcurve::prometheus {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

// "127.0.0.1:9090" and "/api/v1/query" of "http://127.0.0.1:9090/api/v1/query".
struct Address {
  std::string host;
  std::string port;
  std::string target;
};

Address AddressOf(const std::string& url) {
  const std::string rest = url.substr(url.find("//") + 2);
  const std::size_t colon = rest.find(':');
  const std::size_t slash = rest.find('/');
  return {rest.substr(0, colon), rest.substr(colon + 1, slash - colon - 1), rest.substr(slash)};
}

}  // namespace

Result<http::HttpResponse> LoopbackTransport::Send(const http::HttpRequest& request, Duration) {
  const Address address = AddressOf(request.url);
  asio::io_context context;
  boost::system::error_code error;
  beast::tcp_stream stream(context);
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host, error),
                                         static_cast<std::uint16_t>(std::stoi(address.port)));
  stream.connect(endpoint, error);
  if (error) return Fail(ErrorCode::kUnavailable, request.url + ": " + error.message());

  beast::http::request<beast::http::string_body> message;
  message.method_string(request.method);
  message.target(address.target);
  message.set(beast::http::field::host, address.host + ":" + address.port);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  beast::http::write(stream, message, error);
  if (error) return Fail(ErrorCode::kUnavailable, request.url + ": " + error.message());

  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  beast::http::read(stream, buffer, parser, error);
  if (error) return Fail(ErrorCode::kUnavailable, request.url + ": " + error.message());
  return http::HttpResponse{.status = static_cast<int>(parser.get().result_int()),
                            .body = parser.get().body()};
}

Result<http::HttpResponse> LoopbackTransport::Stream(const http::HttpRequest&, Duration,
                                                     const std::stop_token&, const OnChunk&) {
  return Fail(ErrorCode::kInternal, "nothing streams here");
}

}  // namespace loadcurve::prometheus
