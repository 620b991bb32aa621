#include "adapters/keda/activity_streams.h"

#include <optional>
#include <utility>
#include <vector>

#include "adapters/grpc/grpc_status.h"

namespace loadcurve::keda {

using externalscaler::IsActiveResponse;

// One call. At most one message is on its way; what changes meanwhile is told after it.
class ActivityStreams::Stream final : public grpc::ServerWriteReactor<IsActiveResponse>,
                                      public std::enable_shared_from_this<Stream> {
 public:
  Stream(ActivityStreams& streams, MetricRequest request)
      : streams_(streams), request_(std::move(request)) {}

  void Look() {
    const Result<bool> state = streams_.is_active_(request_);
    const std::lock_guard lock(mutex_);
    if (state) {
      wanted_ = *state;
      Tell();
    } else if (state.error().code == ErrorCode::kNotFound) {
      End(rpc::StatusOf(state.error()));
    }
  }

  void EndFromOutside(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    End(status);
  }

  void OnWriteDone(bool is_written) override {
    const std::lock_guard lock(mutex_);
    is_writing_ = false;
    if (is_written) Tell();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    End(grpc::Status::CANCELLED);
  }

  void OnDone() override { streams_.Forget(*this); }

 private:
  void Tell() {
    if (is_ended_ || is_writing_ || wanted_ == told_) return;
    told_ = wanted_;
    message_.set_result(*told_);
    is_writing_ = true;
    StartWrite(&message_);
  }

  void End(const grpc::Status& status) {
    if (std::exchange(is_ended_, true)) return;
    Finish(status);
  }

  ActivityStreams& streams_;
  const MetricRequest request_;
  std::mutex mutex_;
  std::optional<bool> wanted_;
  std::optional<bool> told_;
  bool is_writing_ = false;
  bool is_ended_ = false;
  IsActiveResponse message_;
};

namespace {

grpc::Status Closing() {
  return {grpc::StatusCode::UNAVAILABLE, "this replica of Loadcurve is stopping; ask another"};
}

}  // namespace

ActivityStreams::ActivityStreams(IsActive is_active) : is_active_(std::move(is_active)) {}

ActivityStreams::~ActivityStreams() = default;

grpc::ServerWriteReactor<IsActiveResponse>* ActivityStreams::Open(MetricRequest request) {
  const auto stream = std::make_shared<Stream>(*this, std::move(request));
  bool is_closed = false;
  {
    const std::lock_guard lock(mutex_);
    open_.insert(stream);
    is_closed = is_closed_;
  }
  if (is_closed) {
    stream->EndFromOutside(Closing());
  } else {
    stream->StartSendInitialMetadata();  // the caller hears that it is heard
    stream->Look();
  }
  // OnDone, and with it the end of its life, comes only after this was handed over.
  return stream.get();
}

void ActivityStreams::Refresh() {
  std::vector<std::shared_ptr<Stream>> open;
  {
    const std::lock_guard lock(mutex_);
    open.assign(open_.begin(), open_.end());
  }
  for (const auto& stream : open) stream->Look();
}

void ActivityStreams::Close() {
  std::vector<std::shared_ptr<Stream>> open;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    open.assign(open_.begin(), open_.end());
  }
  for (const auto& stream : open) stream->EndFromOutside(Closing());
}

void ActivityStreams::Forget(Stream& stream) {
  std::shared_ptr<Stream> last = stream.shared_from_this();
  const std::lock_guard lock(mutex_);
  open_.erase(last);
}

}  // namespace loadcurve::keda
