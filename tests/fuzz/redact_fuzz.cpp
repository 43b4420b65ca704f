// The detectors of `redact`, on any bytes. The first byte chooses presets. What must hold: bytes
// outside of what is found stay as they are, nothing is found across lines, the borders of pieces
// make no difference, and the output of a preset holds nothing that it would find again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/scan.h"
#include "stages/support/redactor.h"

namespace {

using namespace sluice;

std::vector<SensitiveSpan> find(const Redactor& redactor, std::string_view text,
                                std::uint32_t base) {
  std::vector<SensitiveSpan> spans;
  redactor.find(text, base, spans);
  return spans;
}

std::string replace(const Redactor& redactor, std::string_view text,
                    const std::vector<SensitiveSpan>& spans) {
  std::string out;
  std::size_t done = 0;
  for (const SensitiveSpan& span : spans) {
    if (span.begin < done || span.end <= span.begin || span.end > text.size()) __builtin_trap();
    const std::string_view found = text.substr(span.begin, span.end - span.begin);
    if (found.find('\n') != npos) __builtin_trap();
    out += text.substr(done, span.begin - done);
    std::string replacement(redactor.replacement_size(span.rule), '\0');
    redactor.write_replacement(span.rule, found, replacement.data());
    out += replacement;
    done = span.end;
  }
  out += text.substr(done);
  if (out.size() > redactor.bound(text.size())) __builtin_trap();
  return out;
}

void check_lines(const Redactor& redactor, std::string_view text,
                 const std::vector<SensitiveSpan>& expected) {
  std::vector<SensitiveSpan> spans;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = find_newline(text, begin);
    const std::size_t end = newline == npos ? text.size() : newline + 1;
    redactor.find(text.substr(begin, end - begin), static_cast<std::uint32_t>(begin), spans);
    begin = end;
  }
  if (spans != expected) __builtin_trap();
}

/// What is next to something replaced may look different to another preset, so each is asked alone.
void check_again(RedactRules rules, std::string_view text) {
  for (const Preset preset : std::vector<Preset>(rules.presets)) {
    rules.presets = {preset};
    const auto redactor = Redactor::make(rules);
    const std::string once = replace(redactor.value(), text, find(redactor.value(), text, 0));
    if (!find(redactor.value(), once, 0).empty()) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  RedactRules rules;
  for (unsigned preset = 0; preset < EnumNames<Preset>::names.size(); ++preset) {
    if ((data[0] >> preset & 1) != 0) rules.presets.push_back(static_cast<Preset>(preset));
  }
  for (const RedactAction action : {RedactAction::mask, RedactAction::hash}) {
    rules.action = action;
    const auto redactor = Redactor::make(rules);
    if (!redactor) __builtin_trap();
    const auto spans = find(redactor.value(), text, 0);
    check_lines(redactor.value(), text, spans);
    replace(redactor.value(), text, spans);
    check_again(rules, text);
  }
  return 0;
}
