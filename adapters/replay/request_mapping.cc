#include "adapters/replay/request_mapping.h"

#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

#include "adapters/profile_codec/yaml_fields.h"

namespace loadcurve::replay {

using profile_codec::Fields;
using profile_codec::Reading;

// Reads the file into a mapping, field by field; faults stay in the reading.
class MappingReader {
 public:
  MappingReader(RequestMapping& mapping, Reading& reading) : mapping_(mapping), reading_(reading) {}

  void Read(const YAML::Node& document) {
    Fields fields(document, "", reading_);
    if (!fields.is_mapping()) return;
    fields.Object("variables", [this](Fields& variables) {
      variables.EachField([&](const std::string& name) { ReadVariable(variables, name); });
    });
    fields.Require("requests", "a list of rules");
    fields.Each("requests", [this](Fields& rule) { ReadRule(rule); });
    fields.Finish();
  }

 private:
  void ReadVariable(Fields& variables, const std::string& name) {
    RequestMapping::Variable& variable = mapping_.variables_[name];
    if (variables.node()[name].IsSequence()) {
      variables.Texts(name, variable.values);
      if (variable.values.empty()) variables.Refuse(name, "at least one text");
      return;
    }
    variables.Object(name, [&](Fields& range) {
      constexpr std::string_view kWhole = "a whole number";
      range.Require("from", kWhole);
      range.Require("to", kWhole);
      range.Whole("from", variable.from, kWhole);
      range.Whole("to", variable.to, kWhole);
      if (variable.to < variable.from) range.Refuse("to", "a number that is not below from");
    });
  }

  void ReadRule(Fields& fields) {
    RequestMapping::Rule rule;
    fields.Require("match", "a regular expression");
    std::string expression;
    fields.Text("match", expression);
    re2::RE2::Options quiet;
    quiet.set_log_errors(false);
    rule.match = std::make_shared<const re2::RE2>(expression, quiet);
    if (!rule.match->ok()) fields.Refuse("match", "a regular expression of RE2");
    ReadText(fields, "method", rule, rule.templates.method);
    ReadText(fields, "path", rule, rule.templates.path);
    ReadText(fields, "body", rule, rule.templates.body);
    fields.Object("headers", [&](Fields& headers) {
      rule.templates.headers.emplace();
      headers.EachField([&](const std::string& name) {
        std::optional<std::string> value;
        ReadText(headers, name, rule, value);
        rule.templates.headers->emplace_back(name, value.value_or(""));
      });
    });
    mapping_.rules_.push_back(std::move(rule));
  }

  void ReadText(Fields& fields, const std::string& name, const RequestMapping::Rule& rule,
                std::optional<std::string>& value) {
    if (!fields.Has(name)) {
      fields.Text(name, unused_);
      return;
    }
    fields.Text(name, value.emplace());
    std::string_view rest = *value;
    for (std::size_t at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
      const std::size_t end = rest.find('}', at);
      if (end == std::string_view::npos || !IsKnown(rest.substr(at + 2, end - at - 2), rule))
        return fields.Refuse(name, "only ${...} of known variables and groups of match");
      rest.remove_prefix(end);
    }
  }

  bool IsKnown(std::string_view name, const RequestMapping::Rule& rule) const {
    int group = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), group);
    if (error == std::errc() && end == name.data() + name.size())
      return group >= 0 && rule.match->ok() && group <= rule.match->NumberOfCapturingGroups();
    return mapping_.variables_.contains(name);
  }

  RequestMapping& mapping_;
  Reading& reading_;
  std::string unused_;
};

Result<RequestMapping> RequestMapping::Parse(const std::string& text,
                                             const std::string& file_name) {
  RequestMapping mapping;
  Reading reading(file_name);
  try {
    MappingReader(mapping, reading).Read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                file_name + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
  if (reading.faults().empty()) return mapping;
  std::string faults;
  for (const std::string& fault : reading.faults()) faults += (faults.empty() ? "" : "\n") + fault;
  return Fail(ErrorCode::kInvalidArgument, faults);
}

std::optional<MappedRequest> RequestMapping::Map(const std::string& request) {
  for (const Rule& rule : rules_) {
    const auto groups = static_cast<std::size_t>(rule.match->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> found(groups);
    if (!rule.match->Match(request, 0, request.size(), re2::RE2::UNANCHORED, found.data(),
                           static_cast<int>(groups)))
      continue;
    std::vector<std::string> texts;
    for (const re2::StringPiece& group : found) texts.emplace_back(group.data(), group.size());
    MappedRequest mapped = rule.templates;
    for (auto* text : {&mapped.method, &mapped.path, &mapped.body}) {
      if (*text) *text = Fill(**text, texts);
    }
    if (mapped.headers) {
      for (auto& header : *mapped.headers) header.second = Fill(header.second, texts);
    }
    return mapped;
  }
  return std::nullopt;
}

// The reader has seen that every name is known.
std::string RequestMapping::Fill(std::string_view text, const std::vector<std::string>& groups) {
  std::string filled;
  while (true) {
    const std::size_t at = text.find("${");
    filled += text.substr(0, at);
    if (at == std::string_view::npos) return filled;
    const std::size_t end = text.find('}', at);
    const std::string_view name = text.substr(at + 2, end - at - 2);
    text.remove_prefix(end + 1);
    if (const auto variable = variables_.find(name); variable != variables_.end()) {
      const Variable& known = variable->second;
      if (!known.values.empty()) {
        filled += known.values[random_() % known.values.size()];
        continue;
      }
      const auto span = static_cast<std::uint64_t>(known.to - known.from) + 1;
      filled += std::to_string(known.from + static_cast<std::int64_t>(random_() % span));
      continue;
    }
    std::size_t group = 0;
    std::from_chars(name.data(), name.data() + name.size(), group);
    filled += groups[group];
  }
}

}  // namespace loadcurve::replay
