#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::profile_codec {

// One text under reading: where each field stood, and the faults, in the order they were met.
// A field with a fault is passed over, so that the reader of a mapping need not ask; what was
// read is of use only where no fault was added.
class Reading {
 public:
  explicit Reading(std::string file_name) : file_name_(std::move(file_name)) {}

  // "FILE:LINE: MESSAGE"
  void RefuseAt(int line, const std::string& message);

  void Remember(const YAML::Node& node, const std::string& path);

  // The line of the field that a message begins with, or of the nearest field around it.
  int LineOf(std::string_view message) const;
  void ForgetLines() { line_of_path_.clear(); }

  const std::vector<std::string>& faults() const { return faults_; }
  std::size_t fault_count() const { return faults_.size(); }

 private:
  std::string file_name_;
  std::map<std::string, int, std::less<>> line_of_path_;
  std::vector<std::string> faults_;
};

// The fields of one mapping, read one by one. A field that is absent leaves `value` as it
// is, unless it is required. Finish() refuses what nobody asked for.
class Fields {
 public:
  // `node` must be a mapping with unique, plain keys; where it is no mapping at all,
  // is_mapping() is false and there is nothing to read.
  Fields(const YAML::Node& node, std::string path, Reading& reading);

  bool is_mapping() const { return node_.IsMap(); }
  bool Has(const std::string& name) const { return fields_.contains(name); }
  void Require(const std::string& name, std::string_view expected);

  void Text(const std::string& name, std::string& value);
  // A list of texts.
  void Texts(const std::string& name, std::vector<std::string>& values);
  // true or false.
  void Flag(const std::string& name, bool& value);
  void Whole(const std::string& name, std::int64_t& value, std::string_view expected);
  void Number(const std::string& name, double& value);
  void Number(const std::string& name, std::optional<double>& value);
  // A number of seconds, to the microsecond.
  void SecondsNumber(const std::string& name, Duration& value);
  // "90s", "1h".
  void Span(const std::string& name, Duration& value);
  void Time(const std::string& name, TimePoint& value);

  // The mapping under `name`, where there is one.
  void Object(const std::string& name, const std::function<void(Fields&)>& read);
  // Every element of the list under `name`, each a mapping.
  void Each(const std::string& name, const std::function<void(Fields&)>& read);
  // Every field of this mapping, by name.
  void EachField(const std::function<void(const std::string& name)>& read);

  void Finish();

  // Finish() will refuse nothing: which fields there may be is unknown after a fault.
  void Overlook() { is_overlooked_ = true; }

  // Refuses the value of `name`, which is a known field for all that.
  void Refuse(const std::string& name, std::string_view expected);

  Reading& reading() { return reading_; }
  const YAML::Node& node() const { return node_; }
  const std::string& path() const { return path_; }

 private:
  // The scalar under `name`, absent where there is none or it is no scalar.
  std::optional<std::string> Scalar(const std::string& name, std::string_view expected,
                                    bool is_text);
  std::string PathOf(const std::string& name) const;

  YAML::Node node_;
  std::string path_;
  Reading& reading_;
  std::map<std::string, YAML::Node> fields_;
  std::set<std::string> asked_;
  bool is_overlooked_ = false;
};

}  // namespace loadcurve::profile_codec
