#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>

#include "adapters/mock/answer_tally.h"
#include "adapters/mock/service_model.h"
#include "base/clock.h"

// How MockServer works inside; for its own sources only.
namespace loadcurve::mock {

// What the conversations of a server share. All on one thread.
struct Shared {
  ServiceModel model;
  AnswerTally tally{};
  const Clock& clock;
  Duration began{0};
  std::uint32_t max_header_bytes = 64 * 1024;
  std::array<char, 64 * 1024> dropped{};  // where bodies of requests go, everybody's

  Duration Now() const { return clock.MonotonicNow() - began; }
};

// Whose turn it is on a connection.
struct Turn {
  bool is_clients = true;  // to speak, or to take what it is sent
  Duration since{0};

  void BeClients(Duration now) { *this = {true, now}; }
  void BeOurs() { is_clients = false; }
};

// A client's connection, over TCP or TLS, and the limit of its silence, which shares it.
template <class Stream>
struct Link {
  Stream stream;
  Turn turn{};
  boost::asio::steady_timer limit;
};

}  // namespace loadcurve::mock
