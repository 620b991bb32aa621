#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <string>

#include "adapters/replay/answer_parser.h"
#include "adapters/replay/dialogue.h"

namespace loadcurve::replay {

// HTTP/1.1: one request at a time, over a connection that is kept where both sides may.
class Http1Dialogue final : public Dialogue {
 public:
  // `host` is the Host of its requests.
  explicit Http1Dialogue(std::string host);

  bool is_multiplexed() const override { return false; }
  bool is_ready() const override { return true; }
  std::size_t capacity() const override { return 1; }
  std::size_t room() const override { return is_busy_ || is_over_ ? 0 : 1; }
  std::size_t DueBefore(Duration due) const override { return is_busy_ && job_.due < due ? 1 : 0; }

  void Ask(const Job& job, const ReplayRequest& request) override;
  std::string_view TakeOutgoing() override;
  void OnWritten() override { is_writing_ = false; }
  void OnBytes(std::string_view bytes) override;
  void OnEnd(bool is_reset) override;
  void GiveUp(Duration due) override;
  void EndAll(Failure failure) override;
  bool IsOver() override { return is_over_; }

 private:
  void BeginAnswer();
  void Parse();
  void Finish();
  void End(const JobEnd& end);

  std::string host_;
  Job job_;
  const ReplayRequest* request_ = nullptr;
  bool is_busy_ = false;
  bool is_over_ = false;
  bool is_unsent_ = false;
  bool is_writing_ = false;
  std::size_t answers_ = 0;
  std::string outgoing_;
  boost::beast::flat_buffer incoming_;
  std::optional<AnswerParser> parser_;
};

}  // namespace loadcurve::replay
