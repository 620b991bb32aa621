#include "adapters/replay/http2_dialogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "adapters/replay/request_text.h"
#include "base/check.h"

namespace loadcurve::replay {
namespace {

// What a target may send before we say that it was taken; it is taken at once, so this is no
// buffer, and only has to be more than what is on a fast wire (1 Gbit/s for 100 ms).
constexpr std::uint32_t kWindow = 16 * 1024 * 1024;
constexpr std::size_t kMostHeaderBytes = 64 * 1024;
constexpr std::size_t kWriteBytes = 32 * 1024;

// What nghttp2 reads and does not change, though its types say otherwise.
std::uint8_t* Bytes(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

// Names are copied in lower case, as HTTP/2 has them; values stay where they are until the
// request was sent.
nghttp2_nv Field(std::string_view name, std::string_view value) {
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return {Bytes(name), Bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

}  // namespace

// What nghttp2 calls while it is given bytes, or asked for some.
struct Http2Dialogue::Callbacks {
  static Http2Dialogue& Of(void* user) { return *static_cast<Http2Dialogue*>(user); }

  static Stream* StreamOf(nghttp2_session* session, std::int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void*) {
    if (frame->hd.type == NGHTTP2_PUSH_PROMISE) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (Stream* stream = StreamOf(session, frame->hd.stream_id)) stream->has_begun = true;
    return 0;
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                      std::size_t value_size, std::uint8_t, void*) {
    Stream* stream = StreamOf(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->header_bytes += name_size + value_size;
    if (stream->header_bytes > kMostHeaderBytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    constexpr std::string_view kStatus = ":status";
    if (name_size == kStatus.size() && std::memcmp(name, kStatus.data(), name_size) == 0) {
      const auto* digits = reinterpret_cast<const char*>(value);
      std::from_chars(digits, digits + value_size, stream->status);
    }
    return 0;
  }

  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Dialogue& dialogue = Of(user);
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    Stream* stream = nullptr;
    switch (frame->hd.type) {
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) dialogue.is_ready_ = true;
        return 0;
      case NGHTTP2_GOAWAY:
        dialogue.OnGoAway(frame->goaway.error_code);
        return 0;
      case NGHTTP2_RST_STREAM:
        stream = StreamOf(session, frame->hd.stream_id);
        if (stream != nullptr) stream->is_reset = true;
        return 0;
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        if (is_last) stream = StreamOf(session, frame->hd.stream_id);
        if (stream != nullptr) dialogue.Answer(*stream);
        return 0;
      default:
        return 0;
    }
  }

  static int OnNotSent(nghttp2_session* session, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (Stream* stream = StreamOf(session, frame->hd.stream_id)) stream->is_not_sent = true;
    return 0;
  }

  static int OnClose(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* user) {
    if (Stream* stream = StreamOf(session, id)) Of(user).OnStreamClosed(*stream, error);
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const std::string& body = stream.request->body;
    const std::size_t part = std::min(size, body.size() - stream.body_sent);
    std::memcpy(into, body.data() + stream.body_sent, part);
    stream.body_sent += part;
    if (stream.body_sent == body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part);
  }
};

Http2Dialogue::Http2Dialogue(Options options) : options_(std::move(options)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  Check(nghttp2_session_callbacks_new(&callbacks) == 0, "there is memory for a connection");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::OnBeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::OnFrame);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, Callbacks::OnNotSent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::OnClose);
  nghttp2_session* session = nullptr;
  const int made = nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  Check(made == 0, "there is memory for a connection");
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 3> settings = {
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMostHeaderBytes}}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow);
}

std::size_t Http2Dialogue::capacity() const {
  const std::size_t allowed =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return std::min(allowed, options_.max_streams);
}

std::size_t Http2Dialogue::room() const {
  if (!is_ready_ || is_draining_ || is_over_) return 0;
  const std::size_t used = streams_.size() - unused_.size();
  return capacity() - std::min(capacity(), used);
}

std::size_t Http2Dialogue::DueBefore(Duration due) const {
  return static_cast<std::size_t>(
      std::count_if(streams_.begin(), streams_.end(), [&](const Stream& stream) {
        return stream.is_used && !stream.has_ended && stream.job.due < due;
      }));
}

Http2Dialogue::Stream& Http2Dialogue::TakeSlot() {
  if (unused_.empty()) return streams_.emplace_back();
  Stream& stream = *unused_.back();
  unused_.pop_back();
  return stream;
}

void Http2Dialogue::FillFields(const ReplayRequest& request) {
  fields_.clear();
  fields_.push_back(Field(":method", request.method));
  fields_.push_back(Field(":scheme", options_.scheme));
  fields_.push_back(Field(":authority", options_.authority));
  fields_.push_back(Field(":path", request.path));
  ForEachHeader(request, [&](std::string_view name, std::string_view value) {
    fields_.push_back(Field(name, value));
    if (!http::IsSameName(name, "Content-Length")) return;
    content_length_ = value;  // which `value` outlives not
    fields_.back().value = Bytes(content_length_);
    fields_.back().flags = NGHTTP2_NV_FLAG_NONE;
  });
}

void Http2Dialogue::Ask(const Job& job, const ReplayRequest& request) {
  Stream& stream = TakeSlot();
  stream = {.job = job, .request = &request, .reads_before = reads_, .is_used = true};
  FillFields(request);
  nghttp2_data_provider body{};
  body.source.ptr = &stream;
  body.read_callback = Callbacks::ReadBody;
  stream.id = nghttp2_submit_request(session_.get(), nullptr, fields_.data(), fields_.size(),
                                     request.body.empty() ? nullptr : &body, &stream);
  if (stream.id > 0) return;
  // All ids of the connection are used up, after a thousand million requests.
  is_draining_ = true;
  stream.is_not_sent = true;
  OnStreamClosed(stream, NGHTTP2_REFUSED_STREAM);
}

std::string_view Http2Dialogue::TakeOutgoing() {
  outgoing_.clear();
  while (!is_over_ && outgoing_.size() < kWriteBytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) EndAll(Failure::kMalformed);
    if (size <= 0) break;
    outgoing_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return outgoing_;
}

void Http2Dialogue::OnBytes(std::string_view bytes) {
  if (is_over_) return;
  ++reads_;
  const ssize_t used = nghttp2_session_mem_recv(session_.get(), Bytes(bytes), bytes.size());
  if (used < 0) EndAll(Failure::kMalformed);
}

void Http2Dialogue::OnGoAway(std::uint32_t error) {
  is_draining_ = true;
  goaway_error_ = error;
}

void Http2Dialogue::Answer(Stream& stream) {
  ++answers_;
  End(stream, {.kind = JobEnd::Kind::kAnswered, .status = stream.status});
  // Who has answered need not be told the rest of the body.
  if (nghttp2_session_get_stream_local_close(session_.get(), stream.id) == 0)
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
}

JobEnd Http2Dialogue::WhyClosed(const Stream& stream, std::uint32_t error) const {
  if (stream.is_reset)
    return {.failure =
                error == NGHTTP2_REFUSED_STREAM ? Failure::kStreamRefused : Failure::kStreamReset};
  // Not sent any more, or beyond what GOAWAY says was taken. A target that answers before it goes
  // may go as often as it likes.
  if (stream.is_not_sent || error == NGHTTP2_REFUSED_STREAM) {
    const bool is_fair =
        goaway_error_ == NGHTTP2_NO_ERROR && (answers_ > 0 || !stream.job.is_resent);
    if (is_fair) return {.kind = JobEnd::Kind::kResend};
    return {.failure = Failure::kGoAway};
  }
  return {.failure = Failure::kMalformed};
}

void Http2Dialogue::OnStreamClosed(Stream& stream, std::uint32_t error) {
  End(stream, WhyClosed(stream, error));
  stream.is_used = false;
  unused_.push_back(&stream);
}

void Http2Dialogue::End(Stream& stream, JobEnd end) {
  if (std::exchange(stream.has_ended, true)) return;
  end.job = stream.job;
  ended_.push_back(end);
}

void Http2Dialogue::OnEnd(bool is_reset) {
  for (Stream& stream : streams_) {
    const bool is_stale = !stream.has_begun && answers_ > 0 && !stream.job.is_resent;
    if (stream.is_used && is_stale && IsSafeMethod(stream.request->method))
      End(stream, {.kind = JobEnd::Kind::kResend});
  }
  EndAll(is_reset ? Failure::kReset : Failure::kCutOff);
}

void Http2Dialogue::GiveUp(Duration due) {
  for (Stream& stream : streams_) {
    if (!stream.is_used || stream.has_ended || stream.job.due >= due) continue;
    End(stream, {.failure = Failure::kTimeout});
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
    // Not a byte since it was asked: the connection may be dead, so no more goes over it.
    if (stream.reads_before == reads_) is_draining_ = true;
  }
}

void Http2Dialogue::EndAll(Failure failure) {
  is_over_ = true;
  why_over_ = failure;
  for (Stream& stream : streams_)
    if (stream.is_used) End(stream, {.failure = failure});
}

bool Http2Dialogue::IsOver() {
  if (is_over_) return true;
  const bool is_ended = nghttp2_session_want_read(session_.get()) == 0 &&
                        nghttp2_session_want_write(session_.get()) == 0;
  const bool is_drained = is_draining_ && streams_.size() == unused_.size();
  if (is_ended || is_drained) EndAll(is_draining_ ? Failure::kGoAway : Failure::kMalformed);
  return is_over_;
}

}  // namespace loadcurve::replay
