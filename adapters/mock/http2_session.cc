#include "adapters/mock/http2_session.h"

#include <array>
#include <cstring>
#include <utility>

#include "adapters/mock/answer_text.h"
#include "base/check.h"

namespace loadcurve::mock {
namespace {

constexpr std::uint32_t kMostStreams = 1000;
constexpr std::uint32_t kWindow = 16 * 1024 * 1024;  // of bodies, which are dropped at once
constexpr std::size_t kMostNameBytes = 64 * 1024;
constexpr std::size_t kWriteBytes = 64 * 1024;

// What nghttp2 reads and does not change, though its types say otherwise.
std::uint8_t* Bytes(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv Field(std::string_view name, std::string_view value) {
  return {Bytes(name), Bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Session& Of(void* user) { return *static_cast<Http2Session*>(user); }

  static Stream* StreamOf(void* user, std::int32_t id) {
    const auto found = Of(user).streams_.find(id);
    return found == Of(user).streams_.end() ? nullptr : &found->second;
  }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Of(user).streams_[frame->hd.stream_id].request.stream = frame->hd.stream_id;
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
    Stream* stream = StreamOf(user, frame->hd.stream_id);
    if (stream == nullptr || value_size > kMostNameBytes) return 0;
    const std::string_view field(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (field == ":method") stream->request.method = text;
    if (field == ":path") stream->request.target = text;
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!may_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (const Stream* stream = StreamOf(user, frame->hd.stream_id))
      Of(user).asked_.push_back(stream->request);
    return 0;
  }

  static int OnClose(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    const Stream* stream = StreamOf(user, id);
    if (stream == nullptr) return 0;
    if (stream->is_answered && !stream->is_whole)
      ++Of(user).tally_[stream->answer.route->name].left;
    Of(user).streams_.erase(id);
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const std::string_view part = BodyFrom(stream.answer, stream.sent, stream.size).substr(0, size);
    std::memcpy(into, part.data(), part.size());
    stream.sent += part.size();
    if (stream.sent < stream.size) return static_cast<ssize_t>(part.size());
    stream.is_whole = true;
    // Half of the body and no more: the stream is broken off behind it.
    if (stream.answer.outcome == Outcome::kCut && part.empty())
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (stream.answer.outcome != Outcome::kCut) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part.size());
  }
};

Http2Session::Http2Session(AnswerTally& tally) : tally_(tally) {
  nghttp2_session_callbacks* callbacks = nullptr;
  Check(nghttp2_session_callbacks_new(&callbacks) == 0, "there is memory for a connection");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::OnBeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::OnFrame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::OnClose);
  nghttp2_session* session = nullptr;
  const int made = nghttp2_session_server_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  Check(made == 0, "there is memory for a connection");
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow);
}

void Http2Session::OnBytes(std::string_view bytes) {
  is_broken_ =
      is_broken_ || nghttp2_session_mem_recv(session_.get(), Bytes(bytes), bytes.size()) < 0;
}

std::string_view Http2Session::TakeOutgoing() {
  outgoing_.clear();
  while (!is_broken_ && outgoing_.size() < kWriteBytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    is_broken_ = size < 0;
    if (size <= 0) break;
    outgoing_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return outgoing_;
}

std::vector<Http2Session::Request> Http2Session::TakeRequests() {
  return std::exchange(asked_, {});
}

void Http2Session::Answer(std::int32_t id, const PlannedAnswer& answer) {
  const auto found = streams_.find(id);
  RouteTally& tally = tally_[answer.route->name];
  const bool is_given = answer.outcome == Outcome::kAnswer || answer.outcome == Outcome::kCut;
  if (found == streams_.end()) {
    if (is_given) ++tally.left;
    return;
  }
  if (!is_given) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
    return;
  }
  Stream& stream = found->second;
  stream.answer = answer;
  stream.is_answered = true;
  stream.size = BodySize(answer, stream.request.method == "HEAD");
  tally.body_bytes += stream.size;
  const std::string status = std::to_string(answer.status);
  const std::string length = std::to_string(answer.bytes);
  std::vector<nghttp2_nv> fields = {Field(":status", status)};
  for (const auto& [name, value] : answer.route->headers) fields.push_back(Field(name, value));
  if (HasLength(answer.status)) fields.push_back(Field("content-length", length));
  nghttp2_data_provider body{};
  body.source.ptr = &stream;
  body.read_callback = Callbacks::ReadBody;
  const bool has_body = stream.size > 0 || answer.outcome == Outcome::kCut;
  stream.is_whole = !has_body;
  nghttp2_submit_response(session_.get(), id, fields.data(), fields.size(),
                          has_body ? &body : nullptr);
}

void Http2Session::Leave() {
  is_broken_ = true;
  for (const auto& [id, stream] : streams_)
    if (stream.is_answered && !stream.is_whole) ++tally_[stream.answer.route->name].left;
  streams_.clear();
}

bool Http2Session::IsOver() const {
  return is_broken_ || (nghttp2_session_want_read(session_.get()) == 0 &&
                        nghttp2_session_want_write(session_.get()) == 0);
}

}  // namespace loadcurve::mock
