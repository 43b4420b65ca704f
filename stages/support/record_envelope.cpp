#include "stages/support/record_envelope.h"

#include <chrono>
#include <cstring>
#include <string_view>

#include "engine/data/timestamp.h"
#include "stages/support/cell_text.h"
#include "stages/support/json_string.h"

namespace sluice {
namespace {

/// A point in time as fields have it: one, or the text of one (RFC 3339).
std::optional<Timestamp> time_of(const Cell& cell) {
  if (cell.type() == Cell::Type::timestamp) return cell.timestamp();
  if (cell.type() == Cell::Type::text) return parse_rfc3339(cell.text());
  return std::nullopt;
}

class Enveloped : public RecordEncoding {
 public:
  Enveloped(const EncodingPlan& plan, std::unique_ptr<RecordEncoding> inner)
      : RecordEncoding(plan), envelope_(*plan.envelope), inner_(std::move(inner)) {}

  bool has_failed() const noexcept override {
    return RecordEncoding::has_failed() || inner_->has_failed();
  }
  std::string failure() const override { return inner_->failure(); }

 protected:
  const RecordEnvelope& envelope() const noexcept { return envelope_; }
  RecordEncoding& inner() noexcept { return *inner_; }

  std::string_view text_of(const PlannedText& planned, const RecordRows& rows) {
    text_ = planned.literals.front();
    for (std::size_t i = 0; i < planned.outputs.size(); ++i) {
      append_plain(text_, rows.cell(planned.outputs[i]));
      text_ += planned.literals[i + 1];
    }
    return text_;
  }
  std::optional<Timestamp> timestamp(const RecordRows& rows) const {
    return envelope_.timestamp ? time_of(rows.cell(*envelope_.timestamp)) : std::nullopt;
  }
  void append_quoted(std::string_view text, EncodedText& out) {
    append_json_string(out, text, validity());
  }

 private:
  const RecordEnvelope& envelope_;
  std::unique_ptr<RecordEncoding> inner_;
  std::string text_;
};

class ElasticsearchDocument final : public Enveloped {
 public:
  using Enveloped::Enveloped;

  void add(const RecordRows& rows, EncodedText& out) override {
    out.append("{\"");
    out.append(envelope().action);
    out.append("\":{");
    const std::string_view index =
        envelope().index.literals.empty() ? std::string_view() : text_of(envelope().index, rows);
    if (!index.empty()) {
      out.append("\"_index\":");
      append_quoted(index, out);
    }
    if (envelope().id) add_id(rows.cell(*envelope().id), !index.empty(), out);
    out.append("}}\n");
    const std::size_t begin = out.record_size();
    inner().add(rows, out);
    if (const auto time = timestamp(rows)) add_timestamp(*time, begin, out);
  }

 private:
  void add_id(const Cell& cell, bool is_second, EncodedText& out) {
    id_.clear();
    append_plain(id_, cell);
    if (id_.empty()) return;
    if (is_second) out.append(',');
    out.append("\"_id\":");
    append_quoted(id_, out);
  }

  /// As the first member of the document that begins at `begin` of the record.
  void add_timestamp(Timestamp time, std::size_t begin, EncodedText& out) {
    const std::size_t length = out.record_size() - begin;
    const std::string_view document(out.record() + begin, length);
    if (!document.starts_with('{')) return;
    member_ = "\"@timestamp\":\"";
    append_rfc3339(member_, time);
    member_ += document.starts_with("{}") ? "\"" : "\",";
    out.append(member_);  // Room for it; then all behind the brace moves up.
    char* const text = out.record() + begin;
    std::memmove(text + 1 + member_.size(), text + 1, length - 1);
    std::memcpy(text + 1, member_.data(), member_.size());
  }

  std::string id_;
  std::string member_;
};

class LokiEntry final : public Enveloped {
 public:
  using Enveloped::Enveloped;

  void add(const RecordRows& rows, EncodedText& out) override {
    char mark = '{';
    for (const auto& [name, planned] : envelope().labels) {
      const std::string_view value = text_of(planned, rows);
      if (value.empty()) continue;  // For Loki that is a label that is not there.
      out.append(mark);
      append_quoted(name, out);
      out.append(':');
      append_quoted(value, out);
      mark = ',';
    }
    out.append(mark == '{' ? "{}\n" : "}\n");
    out.append("[\"");
    const auto now = [] { return Timestamp::of(std::chrono::system_clock::now()); };
    out.append(nanoseconds(timestamp(rows).value_or(now())));
    out.append("\",");
    line_.clear();
    line_.begin_record();
    inner().add(rows, line_);
    std::string_view line = line_.text();
    if (line.ends_with('\n')) line.remove_suffix(1);
    append_quoted(line, out);
    out.append("]\n");
  }

 private:
  static std::string nanoseconds(Timestamp time) {
    constexpr std::int64_t second_ns = 1'000'000'000;
    constexpr std::int64_t last_second = INT64_MAX / second_ns - 1;
    if (time.seconds < 0 || time.seconds > last_second) return "0";
    return std::to_string(time.seconds * second_ns + time.nanoseconds);
  }

  EncodedText line_;
};

}  // namespace

std::unique_ptr<RecordEncoding> make_enveloped_encoding(const EncodingPlan& plan,
                                                        std::unique_ptr<RecordEncoding> inner) {
  if (plan.envelope->kind == EnvelopeKind::loki) {
    return std::make_unique<LokiEntry>(plan, std::move(inner));
  }
  return std::make_unique<ElasticsearchDocument>(plan, std::move(inner));
}

}  // namespace sluice
