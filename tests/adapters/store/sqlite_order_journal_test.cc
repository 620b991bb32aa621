#include "adapters/store/sqlite_order_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "adapters/store/sqlite_history_store.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/order_rig.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::store {
namespace {

using capacity::OrderIntent;
using capacity::OrderStage;
using capacity::RecordedOrder;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class SqliteOrderJournalTest : public testing::Test {
 protected:
  std::string Path() const { return folder_.Path("orders.db"); }
  std::unique_ptr<SqliteOrderJournal> Opened() const {
    auto journal = SqliteOrderJournal::Open(Path());
    EXPECT_TRUE(journal) << journal.error().message;
    return *std::move(journal);
  }

  ScratchFolder folder_;
};

TEST_F(SqliteOrderJournalTest, KeepsOrdersAndWhatCameOfThem) {
  {
    const auto journal = Opened();
    RecordedOrder order = *journal->Intend({"spot-a", 10, 1, {}});
    EXPECT_THAT(order.order.token, MatchesRegex("loadcurve-[0-9a-f]{16}-1"));
    order.stage = OrderStage::kSettled;
    order.node_ids = {"i-2", "i-1"};
    order.why_missing = "InsufficientInstanceCapacity";
    ASSERT_TRUE(journal->Record(order));
    ASSERT_TRUE(journal->Intend({"spot-a", 8, 2, {}}));
    ASSERT_TRUE(journal->Intend({"on-demand", 1, 1, {"i-9"}}));
  }
  const auto orders = *Opened()->Read();
  ASSERT_THAT(orders, SizeIs(3));
  EXPECT_EQ(orders[0].order.pool, "on-demand");
  EXPECT_EQ(orders[0].stage, OrderStage::kSettled);
  EXPECT_THAT(orders[0].node_ids, ElementsAre("i-9"));
  EXPECT_EQ(orders[1].stage, OrderStage::kSettled);
  EXPECT_EQ(orders[1].order.nodes, 10);
  EXPECT_THAT(orders[1].node_ids, ElementsAre("i-2", "i-1"));
  EXPECT_EQ(orders[1].why_missing, "InsufficientInstanceCapacity");
  EXPECT_EQ(orders[2].stage, OrderStage::kIntended);
  EXPECT_EQ(orders[2].order.nodes, 8);
  EXPECT_EQ(orders[2].number, 2);
  EXPECT_THAT(orders[2].order.token, MatchesRegex("loadcurve-[0-9a-f]{16}-2"));
}

TEST_F(SqliteOrderJournalTest, WritesOnlyOnWhatItsWriterRead) {
  const auto journal = Opened();
  const RecordedOrder order = *journal->Intend({"a", 10, 1, {}});
  EXPECT_EQ(journal->Intend({"a", 10, 1, {}}).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(journal->Record(order));
  EXPECT_EQ(journal->Record(order).error().code, ErrorCode::kConflict);
  EXPECT_THAT(*journal->Read(), SizeIs(1));
}

TEST_F(SqliteOrderJournalTest, ForgetsAndNeverGivesATokenTwice) {
  const auto journal = Opened();
  const RecordedOrder order = *journal->Intend({"a", 10, 1, {"i-1"}});
  ASSERT_TRUE(journal->Forget(order));
  ASSERT_TRUE(journal->Forget(order));
  EXPECT_THAT(*journal->Read(), IsEmpty());
  EXPECT_NE(journal->Intend({"a", 10, 1, {}})->order.token, order.order.token);
}

TEST_F(SqliteOrderJournalTest, NamesOrdersAnewWhereTheFileWasLost) {
  const std::string token = Opened()->Intend({"a", 10, 1, {}})->order.token;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(Path() + suffix);
  EXPECT_NE(Opened()->Intend({"a", 10, 1, {}})->order.token, token);
}

TEST_F(SqliteOrderJournalTest, LetsOnlyTheLastThatOpenedItWrite) {
  const auto old_leader = Opened();
  const RecordedOrder order = *old_leader->Intend({"a", 10, 1, {}});
  const auto new_leader = Opened();
  EXPECT_EQ(new_leader->term(), old_leader->term() + 1);
  EXPECT_THAT(old_leader->MayAct().error().message, HasSubstr("another has opened the journal"));
  EXPECT_EQ(old_leader->Intend({"b", 1, 1, {}}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(old_leader->Record(order).error().code, ErrorCode::kConflict);
  EXPECT_EQ(old_leader->Forget(order).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(new_leader->MayAct());
  EXPECT_TRUE(new_leader->Record(order));
  EXPECT_THAT(*old_leader->Read(), SizeIs(1));
}

TEST_F(SqliteOrderJournalTest, LeavesFilesOfOthersAsTheyAre) {
  { const auto history = SqliteHistoryStore::Open(Path(), true); }
  const std::string before = folder_.Read("orders.db");
  const auto journal = SqliteOrderJournal::Open(Path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(journal.error().message, HasSubstr("expected a journal of orders"));
  EXPECT_EQ(folder_.Read("orders.db"), before);
}

// Children write, and are killed in the middle of it; every order that they were told was written
// is there, and no number was given twice.
TEST_F(SqliteOrderJournalTest, LosesNothingThatWasWrittenWhenItsProcessIsKilled) {
  std::int64_t told = 0;
  for (int i = 0; i < 8; ++i) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto journal = SqliteOrderJournal::Open(Path());
      for (std::int64_t number = told + 1; journal; ++number) {
        // The one before may stand though nobody was told.
        auto order = (*journal)->Intend({"a", 1, number, {}});
        if (!order) continue;
        if (write(ends[1], &number, sizeof number) < 0) break;
      }
      _exit(1);
    }
    close(ends[1]);
    std::int64_t number = 0;
    for (int orders = 0; orders < 5 + i; ++orders) {
      ASSERT_EQ(read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
      told = number;
    }
    kill(child, SIGKILL);
    while (read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
      told = number;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto orders = *Opened()->Read();
    std::set<std::string> tokens;
    for (const RecordedOrder& order : orders) tokens.insert(order.order.token);
    EXPECT_GE(orders.back().number, told);
    EXPECT_EQ(tokens.size(), orders.size());
    told = orders.back().number;
  }
}

// Two at once, each opening it anew whenever it has lost it: of two that read the same, one writes.
TEST_F(SqliteOrderJournalTest, GivesEachNumberToOneOfTwoWriters) {
  std::vector<std::vector<std::int64_t>> won(2);
  { const auto journal = Opened(); }
  const auto write = [&](std::size_t which) {
    auto journal = Opened();
    while (true) {
      const auto orders = *journal->Read();
      const std::int64_t next = orders.empty() ? 1 : orders.back().number + 1;
      if (next > 40) return;
      if (journal->Intend({"a", 1, next, {}})) {
        won[which].push_back(next);
      } else {
        journal = Opened();
      }
    }
  };
  {
    const std::jthread one(write, 0);
    const std::jthread other(write, 1);
  }
  std::multiset<std::int64_t> numbers(won[0].begin(), won[0].end());
  numbers.insert(won[1].begin(), won[1].end());
  EXPECT_EQ(numbers.size(), 40U);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), 40U);
  EXPECT_THAT(*Opened()->Read(), SizeIs(40));
}

// The runner on a real file, reopened at each tick as after a crash; answers are lost on the way.
TEST_F(SqliteOrderJournalTest, CarriesARunnerThroughRestarts) {
  capacity::FakeCloud cloud({});
  cloud.AddPool("a", "us-1a", 0.3, 7);
  cloud.AddPool("od", "us-1b", 1.0, 1000);
  int launches = 0;
  cloud.Script([&](capacity::CloudCall call) {
    return call == capacity::CloudCall::kLaunch && ++launches % 2 == 1
               ? capacity::CloudFault::kLostReply
               : capacity::CloudFault::kNone;
  });
  ASSERT_TRUE(Opened()->Intend({"od", 1, 1, {"i-none"}}));  // the file is not new
  for (int i = 0; i < 30; ++i) {
    const auto journal = Opened();
    capacity::OrderRunner runner(*journal, cloud, {});
    cloud.Advance(10s);
    const auto offers = *cloud.Offers();
    (void)runner.Run(
        {.now = cloud.now(), .offers = offers, .plan = capacity::CheapestFill(offers, 12)});
  }
  // The node that never was is believed for a minute of one process, and none lives so long.
  EXPECT_EQ(cloud.Paid(), 11);
  std::multiset<std::string> recorded;
  const auto orders = *Opened()->Read();
  for (const RecordedOrder& order : orders) {
    EXPECT_EQ(order.stage, OrderStage::kSettled);
    recorded.insert(order.node_ids.begin(), order.node_ids.end());
  }
  recorded.erase("i-none");
  EXPECT_THAT(recorded, SizeIs(11));
  EXPECT_THAT(cloud.ledger(), SizeIs(11));
}

}  // namespace
}  // namespace loadcurve::store
