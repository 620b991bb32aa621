#pragma once

#include <boost/beast/http/basic_parser.hpp>

namespace loadcurve::replay {

// Reads an answer and keeps of it nothing but the status: bodies are passed over.
class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  AnswerParser() {
    eager(true);
    header_limit(64 * 1024);
    body_limit(boost::none);
  }

  int status() const { return status_; }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int code, Text, int, Error&) override { status_ = code; }
  void on_field_impl(boost::beast::http::field, Text, Text, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return body.size(); }
  void on_finish_impl(Error&) override {}

  int status_ = 0;
};

}  // namespace loadcurve::replay
