#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/server_worker.h"

namespace loadcurve::http {

// One client's connection: handshake, then request after request. Lives on its worker's thread;
// only the making of an answer that waits happens elsewhere. Kept alive by the operation it
// waits for.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(ServerWorker& worker, boost::asio::ip::tcp::socket socket,
                   std::shared_ptr<boost::asio::ssl::context> tls);

  void Begin();
  // At once; what is under way ends with an error. Harmless when repeated.
  void Close();

  // Between two requests.
  bool is_idle() const { return is_idle_; }
  // When this connection is to be closed, on the monotonic clock; it moves as things progress.
  Duration due() const { return due_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void DueIn(Duration limit);
  void AwaitRequest();
  void Read();
  void Parse();
  void Continue();
  void Dispatch();
  void AnswerElsewhere();
  void Refuse(int status, std::string_view why);
  void Write(const ServerResponse& response);
  void Send(bool is_last);
  void Shutdown();

  ServerWorker& worker_;
  ServerShared& shared_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  std::unique_ptr<const PeerCertificate> peer_;
  std::unique_ptr<ConnectionNote> note_;

  bool is_idle_ = false;
  bool is_closed_ = false;
  Duration due_ = Duration::max();

  boost::beast::flat_buffer incoming_;
  std::optional<Parser> parser_;
  bool has_continued_ = false;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  ServerRequest request_;
  std::string outgoing_;
};

}  // namespace loadcurve::http
