#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/cloud/bridgx/bridgx_session.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::bridgx {

// A cluster of BridgX is a template of machines: one type in one zone.
struct BridgxPool {
  capacity::CapacityOffer offer;
  std::string cluster;  // of no other pool
};

// Nodes by BridgX, which buys machines of several clouds. An order is an expand task that has the
// order's token for a name. BridgX buys again what is sent again, so tasks of that name are looked
// for before each purchase; while they cannot be listed nothing is bought.
//
// Tasks take minutes: an order is open until its task is over. What it brought is counted by its
// instances, since a task's success_rate is rounded and failed tasks leave instances. Clouds sell
// all of a batch or nothing.
//
// Nodes are given back by their addresses. A request without any would take whichever it finds:
// there is none. A node's id is the cloud's, its instance_id.
class BridgxProvider final : public capacity::CapacityProvider {
 public:
  // `transport` outlives it.
  BridgxProvider(http::HttpTransport& transport, AccountSource account,
                 std::vector<BridgxPool> pools);

  // Of the pools as they were given.
  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Offers() override;
  [[nodiscard]] Result<capacity::OrderOutcome> Launch(
      const capacity::CapacityOrder& order) override;
  [[nodiscard]] Result<std::optional<capacity::OrderOutcome>> Find(
      const capacity::CapacityOrder& order) override;
  // Nodes are listed until BridgX has given them back. kUnavailable while it is busy with the
  // cluster, or where a node has no address of its own yet.
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  // All machines of the pools' clusters that are not deleted.
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return false; }

 private:
  struct Page {
    std::vector<nlohmann::json> items;
    std::int64_t total = 0;  // of all pages
    std::int64_t size = 1;   // of a page

    bool IsLast(std::int64_t number) const;
  };
  struct Reading {
    std::map<std::string, nlohmann::json> items;  // by id
    std::int64_t pages = 0;
  };
  struct Task {
    std::string id;
    std::string name;
    std::string status;
    std::string fail_reason;

    bool IsOver() const;
  };

  [[nodiscard]] Result<std::string> ClusterOf(const std::string& pool) const;
  // `number` from 1.
  [[nodiscard]] Result<Page> PageOf(std::string_view path, Query query, std::string_view list,
                                    std::int64_t number);
  // All pages, once.
  [[nodiscard]] Result<Reading> Read(std::string_view path, const Query& query,
                                     std::string_view list, std::string_view id);
  // All pages, of one moment.
  [[nodiscard]] Result<std::vector<nlohmann::json>> All(std::string_view path, const Query& query,
                                                        std::string_view list, std::string_view id);
  [[nodiscard]] Result<std::vector<nlohmann::json>> InstancesIn(const std::string& cluster);
  // That are not deleted.
  [[nodiscard]] Result<std::vector<std::string>> InstancesOf(const Task& task);
  // All expand tasks of the order's name.
  [[nodiscard]] Result<std::vector<Task>> TasksOf(const capacity::CapacityOrder& order,
                                                  const std::string& cluster);
  // Of an expand task of this cluster; nothing of another.
  static std::optional<Task> ExpandTaskOf(const nlohmann::json& task, const std::string& cluster);
  [[nodiscard]] Result<capacity::OrderOutcome> OutcomeOf(const capacity::CapacityOrder& order,
                                                         const std::vector<Task>& tasks);
  // By which order these came, as far as tasks say it.
  [[nodiscard]] Result<void> LearnTokens(const std::string& cluster, std::set<std::string> unknown);
  [[nodiscard]] Result<void> Shrink(const std::string& cluster, const std::set<std::string>& ids);

  Session session_;
  std::vector<BridgxPool> pools_;
  std::map<std::string, std::string> taken_as_;  // by order's token, the id of its task
  std::map<std::string, std::string> token_of_;  // by instance that is listed; "" = of no task
  std::set<std::string> read_tasks_;             // that are over, and whose instances are known
};

}  // namespace loadcurve::bridgx
