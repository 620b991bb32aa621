#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/http/http_transport.h"
#include "base/units.h"

namespace loadcurve::replay {

// A request that can be sent as often as wanted.
struct ReplayRequest {
  std::string method;       // "GET"
  std::string path;         // with its query: "/item/7?page=2"
  http::Headers headers{};  // but for Host, Content-Length and those of the connection
  std::string body{};
  std::uint32_t route = 0;  // index into RequestSet::routes

  bool operator==(const ReplayRequest&) const = default;
};

// When a recorded request began, and which it was.
struct RecordedArrival {
  Duration at{0};             // after the first
  std::uint32_t request = 0;  // index into RequestSet::requests

  bool operator==(const RecordedArrival&) const = default;
};

// What is replayed: the distinct requests of a record, and when they came.
struct RequestSet {
  std::vector<std::string> routes;  // "GET /item/{id}", in the order they were met
  std::vector<ReplayRequest> requests;
  std::vector<RecordedArrival> arrivals;          // by time, the first at 0
  std::map<std::string, std::uint64_t> left_out;  // requests that are not replayed, by reason
  std::vector<std::string> warnings;              // in words
  TimePoint began{};                              // when the first arrival was

  // From the first arrival until the record would begin again, so that `arrivals` requests
  // in a period are the mean rate of the record: of 4 requests at 0, 1, 2 and 3 s it is 4 s.
  // Where all came at once it is a second for each.
  Duration Period() const;
  // Requests a second.
  double MeanRate() const;
  // The share of each route in the arrivals; they add up to 1.
  std::vector<double> Mix() const;
};

}  // namespace loadcurve::replay
