#include "stages/support/http_body.h"

namespace sluice {

void HttpBody::add_line(std::string_view line) {
  const bool has_heads = form_ == BodyForm::elasticsearch || form_ == BodyForm::loki;
  if (has_heads && !std::exchange(has_head_, true)) {
    head_ = line;
    return;
  }
  has_head_ = false;
  add_record(head_, line);
}

void HttpBody::add_record(std::string_view head, std::string_view record) {
  Record added;
  added.head = text_.size();
  if (form_ == BodyForm::loki) {
    const auto [place, is_new] = numbers_.try_emplace(std::string(head), labels_.size());
    if (is_new) labels_.emplace_back(head);
    added.stream = place->second;
  } else if (form_ == BodyForm::elasticsearch) {
    (text_ += head) += '\n';
  } else if (form_ == BodyForm::array) {
    text_ += records_.empty() ? '[' : ',';
  }
  added.begin = text_.size();
  text_ += record;
  added.end = text_.size();
  if (form_ == BodyForm::lines || form_ == BodyForm::elasticsearch) text_ += '\n';
  records_.push_back(added);
}

HttpBody HttpBody::cut_off() {
  HttpBody body(form_);
  std::swap(*this, body);
  head_ = std::exchange(body.head_, {});
  has_head_ = body.has_head_;
  return body;
}

std::string_view HttpBody::content() {
  if (form_ == BodyForm::loki) return made_ = by_labels();
  if (form_ == BodyForm::array) return made_ = text_ + ']';
  return text_;
}

/// {"streams":[{"stream":LABELS,"values":[ENTRY,ENTRY]}]}
std::string HttpBody::by_labels() const {
  std::vector<std::string> values(labels_.size());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    std::string& all = values[records_[i].stream];
    if (!all.empty()) all += ',';
    all += record(i);
  }
  std::string text = R"({"streams":[)";
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    text += (i > 0 ? R"(,{"stream":)" : R"({"stream":)") + labels_[i] + R"(,"values":[)" +
            values[i] + "]}";
  }
  return text + "]}";
}

HttpBody HttpBody::only(const std::vector<std::size_t>& numbers) const {
  HttpBody some(form_);
  for (const std::size_t number : numbers) {
    const Record& record = records_[number];
    std::string_view head;
    if (form_ == BodyForm::loki) head = labels_[record.stream];
    if (form_ == BodyForm::elasticsearch) {
      head = std::string_view(text_).substr(record.head, record.begin - record.head - 1);
    }
    some.add_record(head, this->record(number));
  }
  return some;
}

}  // namespace sluice
