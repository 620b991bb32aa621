#include "adapters/http/server_worker.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "adapters/http/server_connection.h"

namespace loadcurve::http {
namespace {

std::string HttpDate(TimePoint now) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(std::chrono::weekday(day).c_encoding()),
      static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

}  // namespace

ServerWorker::ServerWorker(ServerShared& shared) : shared_(shared) {}

void ServerWorker::Run() {
  Tick();
  io_.run();
}

void ServerWorker::Stop() {
  timer_.cancel();
  const std::vector<std::shared_ptr<ServerConnection>> all(connections_.begin(),
                                                           connections_.end());
  for (const auto& connection : all) connection->Close();
}

void ServerWorker::Tick() {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    CloseOverdue();
    Tick();
  });
}

void ServerWorker::Adopt(boost::asio::ip::tcp::socket socket,
                         std::shared_ptr<boost::asio::ssl::context> tls) {
  if (shared_.open >= shared_.options.max_connections && !MakeRoom()) {
    ++shared_.refused;
    return;
  }
  ++shared_.open;
  auto connection = std::make_shared<ServerConnection>(*this, std::move(socket), std::move(tls));
  connections_.insert(connection);
  connection->Begin();
}

void ServerWorker::Forget(const std::shared_ptr<ServerConnection>& connection) {
  if (connections_.erase(connection) == 0) return;
  if (--shared_.open == 0 && shared_.is_draining) shared_.drained.request_stop();
}

bool ServerWorker::MakeRoom() {
  std::shared_ptr<ServerConnection> oldest;
  for (const auto& connection : connections_) {
    if (connection->is_idle() && (!oldest || connection->due() < oldest->due()))
      oldest = connection;
  }
  if (oldest) oldest->Close();
  return oldest != nullptr;
}

void ServerWorker::CloseOverdue() {
  const Duration now = shared_.clock.MonotonicNow();
  std::vector<std::shared_ptr<ServerConnection>> overdue;
  for (const auto& connection : connections_) {
    if (connection->due() <= now) overdue.push_back(connection);
  }
  shared_.overdue += overdue.size();
  for (const auto& connection : overdue) connection->Close();
}

void ServerWorker::CloseIdle() {
  std::vector<std::shared_ptr<ServerConnection>> idle;
  for (const auto& connection : connections_) {
    if (connection->is_idle()) idle.push_back(connection);
  }
  for (const auto& connection : idle) connection->Close();
}

const std::string& ServerWorker::Date() {
  const TimePoint second = std::chrono::floor<std::chrono::seconds>(shared_.clock.Now());
  if (second != date_second_) {
    date_ = HttpDate(second);
    date_second_ = second;
  }
  return date_;
}

}  // namespace loadcurve::http
