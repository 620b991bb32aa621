// Two processes: `loadcurve simulate-cloud` sells, and a buyer with a journal on the disk is killed
// (SIGKILL) around every call that it makes, and started again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/cloud/simulated/simulated_provider.h"
#include "adapters/http/curl_transport.h"
#include "adapters/store/sqlite_order_journal.h"
#include "base/clock.h"
#include "scaler/capacity/orders/order_runner.h"
#include "tests/support/order_rig.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityOrder;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using namespace std::chrono_literals;

// A child of this process, and what it writes to the one descriptor that it is asked about.
class Child {
 public:
  // `act` runs in the child, is given the writing end, and never returns.
  explicit Child(const std::function<void(int)>& act) {
    int ends[2];
    if (pipe(ends) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      act(ends[1]);
      _exit(1);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  ~Child() { Kill(SIGKILL); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // 0 at its end.
  char Next() const {
    char byte = 0;
    return read(from_, &byte, 1) == 1 ? byte : '\0';
  }
  std::string Line() const {
    std::string line;
    for (char byte = Next(); byte != '\0' && byte != '\n'; byte = Next()) line += byte;
    return line;
  }
  void Kill(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
    close(from_);
  }

 private:
  pid_t pid_ = 0;
  int from_ = -1;
};

// Tells a byte before and after each call, so that its parent knows where to kill it.
class TellingProvider final : public capacity::CapacityProvider {
 public:
  TellingProvider(SimulatedProvider& inner, int to) : inner_(inner), to_(to) {}

  Result<std::vector<capacity::CapacityOffer>> Offers() override { return inner_.Offers(); }
  Result<OrderOutcome> Launch(const CapacityOrder& order) override {
    Tell('<');
    auto outcome = inner_.Launch(order);
    Tell('>');
    return outcome;
  }
  Result<std::optional<OrderOutcome>> Find(const CapacityOrder& order) override {
    return inner_.Find(order);
  }
  Result<void> Retire(const std::vector<std::string>& ids) override { return inner_.Retire(ids); }
  Result<std::vector<ProvidedNode>> Nodes() override {
    Tell('(');
    auto nodes = inner_.Nodes();
    Tell(')');
    return nodes;
  }
  bool KnowsTokens() const override { return inner_.KnowsTokens(); }

  void Tell(char byte) const {
    if (write(to_, &byte, 1) != 1) _exit(2);
  }

 private:
  SimulatedProvider& inner_;
  int to_;
};

class KilledBuyerTest : public testing::Test {
 protected:
  void Open(const std::string& plan) {
    folder_.Write("plan.yaml", plan);
    cloud_.emplace([this](int to) {
      dup2(to, STDERR_FILENO);
      execl(LOADCURVE_BINARY, LOADCURVE_BINARY, "simulate-cloud", folder_.Path("plan.yaml").c_str(),
            "--keys", folder_.Path("keys").c_str(), nullptr);
    });
    const std::string listening = cloud_->Line();
    const std::string trust = cloud_->Line();
    ASSERT_TRUE(listening.starts_with("listening https://")) << listening;
    url_ = listening.substr(std::string("listening ").size());
    ca_file_ = trust.substr(std::string("trust ").size());
  }

  // Buys up to `demand` for ever; 'D' once all is there.
  void Buy(std::int64_t demand, bool knows_tokens, int to) const {
    const SystemClock clock;
    http::CurlTransport transport({.ca_file = ca_file_}, clock);
    SimulatedProvider inner(transport, url_, knows_tokens);
    TellingProvider provider(inner, to);
    const auto journal = store::SqliteOrderJournal::Open(folder_.Path("orders.db"));
    if (!journal) _exit(3);
    capacity::OrderRunner runner(
        **journal, provider,
        {.calls = {1000, 1000}, .patience = {.listing_lag = 30ms, .stray_grace = 30s}});
    while (true) {
      const auto offers = inner.Offers();
      if (!offers) continue;
      const auto report = runner.Run({.now = clock.MonotonicNow(),
                                      .offers = *offers,
                                      .plan = capacity::CheapestFill(*offers, demand)});
      std::int64_t held = 0;
      for (const auto& [pool, count] : report.view.counts) held += count.held;
      if (held == demand && report.open.empty()) provider.Tell('D');
      clock.SleepUntil(clock.MonotonicNow() + 5ms, {});
    }
  }

  // Kills it when it has told the `nth` byte of that kind; at once after that.
  void LiveUntil(std::int64_t demand, bool knows_tokens, char kind, int nth) const {
    Child buyer([&](int to) { Buy(demand, knows_tokens, to); });
    for (char byte = buyer.Next(); byte != '\0'; byte = buyer.Next())
      if (byte == kind && --nth == 0) return;
    ADD_FAILURE() << "the buyer ended by itself";
  }

  // Wants two nodes more for each life, which ends around a call; then gets what is left.
  void LiveThroughCalls(int rounds, bool knows_tokens) const {
    std::int64_t demand = 0;
    for (int i = 0; i < rounds; ++i)
      for (const char kind : {'(', ')', '<', '>', '<', '>'})
        LiveUntil(demand += 2, knows_tokens, kind, 1);
    LiveUntil(demand, knows_tokens, 'D', 1);
  }

  nlohmann::json Ledger() const {
    const SystemClock clock;
    http::CurlTransport transport({.ca_file = ca_file_}, clock);
    const auto answer = transport.Send({.url = url_ + "/v1/ledger"}, 10s);
    return nlohmann::json::parse(answer ? answer->body : "null");
  }

  void ExpectAllOfItOnce(std::int64_t demand) {
    EXPECT_EQ(Ledger()["bought"], demand);
    const auto orders = *(*store::SqliteOrderJournal::Open(folder_.Path("orders.db")))->Read();
    std::int64_t recorded = 0;
    for (const auto& order : orders) {
      recorded += static_cast<std::int64_t>(order.node_ids.size());
      EXPECT_EQ(order.stage, capacity::OrderStage::kSettled) << order.order.token;
    }
    EXPECT_EQ(recorded, demand);
  }

  ScratchFolder folder_;
  std::optional<Child> cloud_;
  std::string url_;
  std::string ca_file_;
};

TEST_F(KilledBuyerTest, BuysNothingTwiceOfACloudThatKnowsTokens) {
  Open(
      "pools:\n"
      "  - {name: spot, class: spot, price: 0.03, stock: 9}\n"
      "  - {name: on-demand, price: 0.1, stock: 1000}\n"
      "faults: [{kind: lost-reply, call: order, first: 2}]\n");
  LiveThroughCalls(4, true);
  ExpectAllOfItOnce(48);
}

TEST_F(KilledBuyerTest, BuysNothingTwiceOfACloudThatDoesNot) {
  Open(
      "tokens: false\n"
      "pools:\n"
      "  - {name: spot, class: spot, price: 0.03, stock: 9}\n"
      "  - {name: on-demand, price: 0.1, stock: 1000}\n"
      "faults: [{kind: lost-reply, call: order, first: 1}]\n");
  LiveThroughCalls(2, false);
  ExpectAllOfItOnce(24);
}

}  // namespace
}  // namespace loadcurve::simulated_cloud
