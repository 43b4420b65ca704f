#include "engine/stage/stage_context.h"

#include <algorithm>
#include <iterator>

namespace sluice {

void FileClaims::reading(const struct stat& file, std::string_view name) {
  const std::lock_guard lock(mutex_);
  read_.emplace(std::pair{file.st_dev, file.st_ino}, name);
}

Status FileClaims::writing(const std::string& canonical_path, const struct stat* existing) {
  const std::lock_guard lock(mutex_);
  Error error;
  error.code = ErrorCode::bad_config;
  error.file = canonical_path;
  if (existing != nullptr) {
    const auto read = read_.find({existing->st_dev, existing->st_ino});
    if (read != read_.end()) {
      error.message = "the sink would overwrite a file that a source reads";
      return error;
    }
  }
  if (!written_.insert(canonical_path).second) {
    error.message = "two sinks write the same file";
    return error;
  }
  return Done{};
}

void Incidents::add(std::string_view reason, std::uint64_t count, std::string detail,
                    bool is_bad_record) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(reason);
  if (found != entries_.end()) {
    found->second.count += count;
  } else {
    entries_.emplace(std::string(reason), Entry{count, std::move(detail), is_bad_record});
  }
}

std::map<std::string, Incidents::Entry, std::less<>> Incidents::all() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

void Findings::set(std::string_view name, std::string text) {
  const std::lock_guard lock(mutex_);
  find(name).text = std::move(text);
}

std::atomic<std::uint64_t>& Findings::number(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return find(name).number;
}

std::vector<Findings::Entry> Findings::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const Finding& finding : findings_) {
    Entry& entry = entries.emplace_back(Entry{finding.name, finding.number.load()});
    if (finding.text) entry.value = *finding.text;
  }
  return entries;
}

Findings::Finding& Findings::find(std::string_view name) {
  const auto found = std::find_if(findings_.begin(), findings_.end(),
                                  [&](const Finding& finding) { return finding.name == name; });
  if (found != findings_.end()) return *found;
  Finding& added = findings_.emplace_back();
  added.name = name;
  return added;
}

void StageContext::bad(BadRecord fate, std::string_view reason, std::uint64_t records,
                       std::string detail) {
  bad_[static_cast<std::size_t>(fate)].fetch_add(records, std::memory_order_relaxed);
  incidents_.add(reason, records, std::move(detail));
}

void StageContext::bad(BadRecord fate, const std::string& reason, const std::string& shape,
                       std::uint64_t records, BadSample first) {
  bad_[static_cast<std::size_t>(fate)].fetch_add(records, std::memory_order_relaxed);
  incidents_.add(reason, records, first.where() + ": " + first.text, true);
  bad_shapes_.add(reason, shape, records, std::move(first));
}

void StageContext::warn(std::string_view reason, std::uint64_t count, std::string detail) {
  incidents_.add(reason, count, std::move(detail));
}

void StageContext::log(LogLevel level, std::string_view event, LogFields fields) const {
  if (log_ == nullptr) return;
  LogFields all{{"pipeline", pipeline_}, {"stage", stage_}};
  std::move(fields.begin(), fields.end(), std::back_inserter(all));
  log_->write(level, event, all);
}

void StageContext::log_to(Log& log, std::string pipeline, std::string stage) {
  log_ = &log;
  pipeline_ = std::move(pipeline);
  stage_ = std::move(stage);
}

}  // namespace sluice
