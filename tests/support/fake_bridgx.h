#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/http/percent_code.h"
#include "tests/support/scripted_http_transport.h"

namespace loadcurve {

// What goes wrong with a call to BridgX.
enum class BridgxFault {
  kNone,
  kLostReply,      // it was done, and the answer never came
  kNeverSent,      // nothing was done, and nobody can tell
  kDown,           // 502 of a proxy
  kTokenRefused,   // as after eight hours
  kErrorEnvelope,  // 200, and in it the code 500
};

// BridgX's API as far as machines are bought by it, with its habits: a query finds all that
// contains a name, a cluster has one task at a time, what is sent twice is done twice, a batch
// comes whole or not at all, and who shrinks without addresses loses any machines. Tasks are done
// when Work() is called.
class FakeBridgx {
 public:
  using Answer = ScriptedHttpTransport::Answer;

  struct Machine {
    std::string id;
    std::string cluster;
    std::string address;
    std::string status = "Running";  // "Deleted" = not paid for
    std::int64_t task = 0;
  };
  struct Task {
    std::int64_t id = 0;
    std::string name;
    std::string cluster;
    std::string action;
    std::int64_t count = 0;
    std::vector<std::string> addresses{};
    std::string status = "INIT";
    std::int64_t success = 0;
    std::string reason{};
  };

  // By cluster, how many machines can be had.
  std::map<std::string, std::int64_t> stock;
  // So many of the next expand task come, though not all: batches of a hundred fail by themselves.
  std::optional<std::int64_t> half_way;
  // Asked before each call but logins.
  std::function<BridgxFault(const std::string& path)> fault = [](const std::string&) {
    return BridgxFault::kNone;
  };
  std::string password = "right";
  int logins = 0;
  std::vector<Machine> machines;
  std::vector<Task> tasks;
  std::vector<nlohmann::json> shrinks;  // bodies, as they came

  std::optional<Answer> operator()(const http::HttpRequest& request) {
    const std::string url = request.url.substr(std::string("https://bridgx").size());
    const std::string path = url.substr(0, url.find('?'));
    if (path == "/user/login") return LogIn(request);
    const BridgxFault wrong = fault(path);
    if (wrong == BridgxFault::kNeverSent) return ScriptedHttpTransport::TimedOut();
    if (wrong == BridgxFault::kDown) return ScriptedHttpTransport::Status(502, "<html>");
    if (wrong == BridgxFault::kErrorEnvelope)
      return ScriptedHttpTransport::Ok(R"({"code":500,"msg":"database is away","data":null})");
    if (wrong == BridgxFault::kTokenRefused) ++sessions_;
    if (http::HeaderOf(request.headers, "Authorization") != "Bearer " + Token())
      return Envelope(401, "token auth fail", nullptr);
    Answer answer = request.method == "POST" ? Post(path, request.body) : Get(path, QueryOf(url));
    return wrong == BridgxFault::kLostReply ? ScriptedHttpTransport::TimedOut() : answer;
  }

  void Work() {
    for (Task& task : tasks)
      if (task.status == "INIT" || task.status == "RUNNING")
        task.action == "EXPAND" ? Expand(task) : Shrink(task);
  }

  std::int64_t Paid() const {
    return std::ranges::count_if(machines, [](const Machine& m) { return m.status != "Deleted"; });
  }
  std::int64_t TasksNamed(const std::string& name) const {
    return std::ranges::count(tasks, name, &Task::name);
  }

 private:
  using Query = std::map<std::string, std::string>;
  using json = nlohmann::json;

  static Answer Envelope(int code, const std::string& message, const json& data) {
    return ScriptedHttpTransport::Status(
        code, json({{"code", code}, {"msg", message}, {"data", data}}).dump());
  }

  static Query QueryOf(const std::string& url) {
    Query query;
    std::istringstream parts(url.substr(std::min(url.size(), url.find('?') + 1)));
    for (std::string part; std::getline(parts, part, '&');)
      query[part.substr(0, part.find('='))] =
          *http::PercentDecoded(part.substr(part.find('=') + 1), http::PlusSign::kSpace);
    return query;
  }

  std::string Token() const { return "token-of-session-" + std::to_string(sessions_); }

  Answer LogIn(const http::HttpRequest& request) {
    ++logins;
    if (json::parse(request.body).value("password", "") != password)
      return Envelope(400, "incorrect username/password", nullptr);
    return Envelope(200, "success", Token());
  }

  Answer Post(const std::string& path, const std::string& text) {
    const json body = json::parse(text);
    const bool is_expand = path == "/api/v1/cluster/expand";
    if (!is_expand) shrinks.push_back(body);
    const std::string cluster = body.value("cluster_name", "");
    const bool is_busy = std::ranges::any_of(tasks, [&](const Task& task) {
      return task.cluster == cluster && (task.status == "INIT" || task.status == "RUNNING");
    });
    if (is_busy) return Envelope(500, "Cluster:" + cluster + " has unfinished task", nullptr);
    tasks.push_back({.id = static_cast<std::int64_t>(tasks.size()) + 9'000'000'001,
                     .name = body.value("task_name", ""),
                     .cluster = cluster,
                     .action = is_expand ? "EXPAND" : "SHRINK",
                     .count = body.value("count", std::int64_t{0}),
                     .addresses = body.value("ips", std::vector<std::string>())});
    return Envelope(200, "success", tasks.back().id);
  }

  void Expand(Task& task) {
    std::int64_t& left = stock[task.cluster];
    const bool is_partial = half_way.has_value();
    const std::int64_t come = is_partial ? *half_way : left >= task.count ? task.count : 0;
    half_way.reset();
    for (std::int64_t i = 0; i < come; ++i) {
      const std::string number = std::to_string(machines.size() + 1);
      machines.push_back({.id = "i-" + number,
                          .cluster = task.cluster,
                          .address = "10.0." + std::to_string(machines.size() / 256) + "." +
                                     std::to_string(machines.size() % 256),
                          .task = task.id});
      --left;
    }
    task.success = come;
    task.status = come == task.count ? "SUCCESS" : come > 0 ? "PARTIAL_SUCCESS" : "FAILED";
    if (come < task.count) task.reason = "OperationDenied.NoStock: sold out";
  }

  void Shrink(Task& task) {
    std::int64_t left = task.count;
    for (Machine& machine : machines) {
      const bool is_named =
          task.addresses.empty() ||
          std::ranges::find(task.addresses, machine.address) != task.addresses.end();
      if (machine.cluster != task.cluster || machine.status == "Deleted" || !is_named) continue;
      if (left-- <= 0) break;
      machine.status = "Deleted";
    }
    task.status = "SUCCESS";
  }

  Answer Get(const std::string& path, Query query) {
    if (path == "/api/v1/task/describe") {
      for (const Task& task : tasks)
        if (std::to_string(task.id) == query["task_id"])
          return Envelope(200, "success", TextOf(task));
      return Envelope(500, "record not found", nullptr);
    }
    json all = json::array();
    const bool is_of_tasks = path == "/api/v1/task/describe_all";
    if (is_of_tasks) {
      for (const Task& task : tasks)
        if (task.cluster.find(query["cluster_name"]) != std::string::npos &&
            task.name.find(query["task_name"]) != std::string::npos)
          all.insert(all.begin(), TextOf(task));
    } else {
      for (const Machine& machine : machines) {
        const bool is_asked =
            path == "/api/v1/task/instances"
                ? std::to_string(machine.task) == query["task_id"]
                : machine.cluster.find(query["cluster_name"]) != std::string::npos &&
                      machine.status != "Deleted";
        if (is_asked) all.push_back(TextOf(machine));
      }
    }
    return PageOf(all, is_of_tasks ? "task_list" : "instance_list", query);
  }

  static Answer PageOf(const json& all, const char* list, Query& query) {
    const std::size_t size = std::min<std::size_t>(std::stoul(query["page_size"]), 50);
    const std::size_t first = (std::stoul(query["page_number"]) - 1) * size;
    json page;
    for (std::size_t i = first; i < std::min(all.size(), first + size); ++i) page.push_back(all[i]);
    const json pager = {{"page_number", 1}, {"page_size", size}, {"total", all.size()}};
    return Envelope(200, "success", {{list, page}, {"pager", pager}});
  }

  static json TextOf(const Task& task) {
    char rate[16];
    std::snprintf(rate, sizeof rate, "%0.2f",
                  static_cast<double>(task.success) / static_cast<double>(task.count));
    return {{"task_id", std::to_string(task.id)},
            {"task_name", task.name},
            {"cluster_name", task.cluster},
            {"task_action", task.action},
            {"task_status", task.status},
            {"fail_reason", task.reason},
            {"success_num", task.success},
            {"total_num", task.count},
            {"success_rate", rate}};
  }

  static json TextOf(const Machine& machine) {
    return {{"instance_id", machine.id},
            {"ip_inner", machine.address},
            {"cluster_name", machine.cluster},
            {"status", machine.status},
            {"login_password", "Secret-1"}};
  }

  int sessions_ = 1;
};

}  // namespace loadcurve
