// T21: whoever runs orders dies at every step, a thousand times each; another takes over, at times
// on an empty disk. Whatever happened, each node that was wanted was bought once, and every node
// that is paid for stands in an order.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/order_rig.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;

#ifdef LOADCURVE_SANITIZED
constexpr std::uint64_t kSeeds = 25;
#else
constexpr std::uint64_t kSeeds = 1000;
#endif

enum class SeamStep { kRead, kIntend, kRecord, kForget, kNodes, kLaunch, kRetire };

std::string NameOf(SeamStep step) {
  switch (step) {
    case SeamStep::kRead:
      return "Read";
    case SeamStep::kIntend:
      return "Intend";
    case SeamStep::kRecord:
      return "Record";
    case SeamStep::kForget:
      return "Forget";
    case SeamStep::kNodes:
      return "Nodes";
    case SeamStep::kLaunch:
      return "Launch";
    case SeamStep::kRetire:
      return "Retire";
  }
  return "";
}

// Right before a step, or right after it was done and before anyone knows.
struct DeathPoint {
  SeamStep step;
  bool is_after;
};

// Of one process: from the n-th time that it comes to the point it does nothing more.
struct Fate {
  DeathPoint point;
  int times = 1;
  bool is_dead = false;

  template <class Act>
  auto Live(SeamStep step, const Act& act) -> decltype(act()) {
    if (is_dead) return Fail(ErrorCode::kCancelled, "dead");
    const bool is_hit = step == point.step && --times == 0;
    if (is_hit && !point.is_after) is_dead = true;
    if (is_dead) return Fail(ErrorCode::kCancelled, "dead");
    auto result = act();
    if (!is_hit) return result;
    is_dead = true;
    return Fail(ErrorCode::kCancelled, "dead");
  }
};

class MortalJournal final : public OrderJournal {
 public:
  MortalJournal(JournalDisk& disk, Fate& fate) : inner_(disk), fate_(fate) {}

  Result<std::vector<RecordedOrder>> Read() override {
    return fate_.Live(SeamStep::kRead, [&] { return inner_.Read(); });
  }
  Result<RecordedOrder> Intend(const OrderIntent& intent) override {
    return fate_.Live(SeamStep::kIntend, [&] { return inner_.Intend(intent); });
  }
  Result<RecordedOrder> Record(const RecordedOrder& order) override {
    return fate_.Live(SeamStep::kRecord, [&] { return inner_.Record(order); });
  }
  Result<void> Forget(const RecordedOrder& order) override {
    return fate_.Live(SeamStep::kForget, [&] { return inner_.Forget(order); });
  }
  Result<void> MayAct() override { return inner_.MayAct(); }

 private:
  MemoryOrderJournal inner_;
  Fate& fate_;
};

class MortalProvider final : public CapacityProvider {
 public:
  MortalProvider(FakeCloud& cloud, Fate& fate) : cloud_(cloud), fate_(fate) {}

  Result<std::vector<CapacityOffer>> Offers() override { return cloud_.Offers(); }
  Result<OrderOutcome> Launch(const CapacityOrder& order) override {
    return fate_.Live(SeamStep::kLaunch, [&] { return cloud_.Launch(order); });
  }
  Result<void> Retire(const std::vector<std::string>& ids) override {
    return fate_.Live(SeamStep::kRetire, [&] { return cloud_.Retire(ids); });
  }
  Result<std::vector<ProvidedNode>> Nodes() override {
    return fate_.Live(SeamStep::kNodes, [&] { return cloud_.Nodes(); });
  }
  bool KnowsTokens() const override { return cloud_.KnowsTokens(); }

 private:
  FakeCloud& cloud_;
  Fate& fate_;
};

// A process from its start to its death.
struct Life {
  Life(JournalDisk& disk, FakeCloud& cloud, Fate its_fate)
      : fate(its_fate), journal(disk, fate), provider(cloud, fate), runner(journal, provider, {}) {}

  Fate fate;
  MortalJournal journal;
  MortalProvider provider;
  OrderRunner runner;
};

// One seed: demand rises while calls fail now and then, two processes die, the third goes on.
class CrashStory {
 public:
  CrashStory(std::uint64_t seed, const DeathPoint& point, bool knows_tokens)
      : random_(seed),
        point_(point),
        cloud_({.knows_tokens = knows_tokens, .list_lag = Draw(3) * 10s}) {
    cloud_.AddPool("a", "us-1a", 0.30, Draw(8));
    cloud_.AddPool("b", "us-1b", 0.31, Draw(8));
    cloud_.AddPool("c", "eu-1c", 0.35, Draw(8));
    cloud_.AddPool("od", "eu-1b", 1.00, 1000).capacity_class = CapacityClass::kOnDemand;
    cloud_.Script([this](CloudCall call) { return NextFault(call); });
    Begin();
  }

  void Run() {
    for (int i = 0; i < 8; ++i) Tick();  // the empty journal's minute
    for (int i = 0; i < 12; ++i) {
      demand_ += Draw(3);
      Tick();
    }
    is_calm_ = true;
    for (int i = 0; i < 24; ++i) Tick();
    most_ = demand_;
    GiveSomeBack();
    for (int i = 0; i < 16; ++i) Tick();
  }

  void ExpectNothingTwiceAndNothingForgotten() const {
    std::multiset<std::string> recorded;
    for (const auto& [key, order] : disk_.orders) {
      recorded.insert(order.node_ids.begin(), order.node_ids.end());
      EXPECT_EQ(order.stage, OrderStage::kSettled) << order.order.token;
    }
    std::multiset<std::string> charged;
    for (const Purchase& node : cloud_.ledger())
      if (node.is_paid) charged.insert(node.node_id);
    EXPECT_EQ(recorded, charged);
    EXPECT_EQ(static_cast<std::int64_t>(charged.size()), demand_);
    EXPECT_EQ(static_cast<std::int64_t>(cloud_.ledger().size()), most_) << "bought in all";
  }

  int deaths() const { return deaths_; }

 private:
  std::int64_t Draw(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }

  CloudFault NextFault(CloudCall call) {
    if (is_calm_) return CloudFault::kNone;
    const std::int64_t drawn = Draw(20);
    if (call == CloudCall::kNodes) return drawn == 0 ? CloudFault::kNeverSent : CloudFault::kNone;
    if (drawn < 2) return CloudFault::kLostReply;
    if (drawn == 2) return CloudFault::kNeverSent;
    return drawn == 3 ? CloudFault::kThrottled : CloudFault::kNone;
  }

  void Begin() {
    // The third lives for ever.
    const int times = deaths_ < 2 ? static_cast<int>(1 + Draw(3)) : 0;
    life_.emplace(disk_, cloud_, Fate{point_, times});
  }

  void Tick() {
    if (life_->fate.is_dead) {
      ++deaths_;
      if (Draw(5) == 0) disk_ = {.identity = "after-" + std::to_string(deaths_)};
      Begin();
    }
    cloud_.Advance(10s);
    const auto offers = *cloud_.Offers();
    (void)life_->runner.Run({.now = cloud_.now(),
                             .offers = offers,
                             .given_back = given_back_,
                             .plan = CheapestFill(offers, demand_)});
  }

  void GiveSomeBack() {
    for (const Purchase& node : cloud_.ledger())
      if (Draw(3) == 0) given_back_.push_back(node.node_id);
    demand_ -= static_cast<std::int64_t>(given_back_.size());
  }

  std::mt19937_64 random_;
  DeathPoint point_;
  FakeCloud cloud_;
  JournalDisk disk_;
  std::optional<Life> life_;
  std::vector<std::string> given_back_;
  std::int64_t demand_ = 0;
  std::int64_t most_ = 0;
  int deaths_ = 0;
  bool is_calm_ = false;
};

class OrderCrashTest : public testing::TestWithParam<std::tuple<SeamStep, bool, bool>> {};

TEST_P(OrderCrashTest, BuysNothingTwiceAndForgetsNothing) {
  const auto [step, is_after, knows_tokens] = GetParam();
  int deaths = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CrashStory story(seed, {step, is_after}, knows_tokens);
    story.Run();
    story.ExpectNothingTwiceAndNothingForgotten();
    deaths += story.deaths();
  }
  // Few stories come to forgetting an order; all come to the rest.
  EXPECT_GE(deaths, static_cast<int>(step == SeamStep::kForget ? kSeeds / 20 : kSeeds));
}

INSTANTIATE_TEST_SUITE_P(EveryStep, OrderCrashTest,
                         testing::Combine(testing::Values(SeamStep::kRead, SeamStep::kIntend,
                                                          SeamStep::kRecord, SeamStep::kForget,
                                                          SeamStep::kNodes, SeamStep::kLaunch,
                                                          SeamStep::kRetire),
                                          testing::Bool(), testing::Bool()),
                         [](const auto& param) {
                           return std::string(std::get<1>(param.param) ? "After" : "Before") +
                                  NameOf(std::get<0>(param.param)) +
                                  (std::get<2>(param.param) ? "WithTokens" : "WithoutTokens");
                         });

}  // namespace
}  // namespace loadcurve::capacity
