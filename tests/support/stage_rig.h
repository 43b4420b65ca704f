// What a test needs to use one stage outside a graph: text as batches, options as values, a
// context.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/data/batch.h"
#include "engine/data/batch_pool.h"
#include "engine/data/scan.h"
#include "engine/stage/registry.h"

namespace sluice {

/// Makes batches of text. Outlives them.
class TextBatches {
 public:
  explicit TextBatches(const BufferPoolSizes& sizes = {64, 4 << 20, 0, 0}) : buffers_(sizes) {}

  /// A batch with nothing in its buffer.
  BatchPtr empty() {
    BatchPtr batch = batches_.make();
    batch->set_buffer(buffers_.try_take());
    if (!batch->buffer()) throw std::logic_error("the test keeps too many batches");
    return batch;
  }
  /// A batch of whole lines; the last may lack its line end.
  BatchPtr make(std::string_view text) {
    BatchPtr batch = empty();
    Buffer& buffer = *batch->buffer();
    std::memcpy(buffer.data(), text.data(), text.size());
    buffer.seal(text.size());
    const std::uint64_t open_lines = text.empty() || text.ends_with('\n') ? 0 : 1;
    batch->set_bytes({buffer.data(), text.size()}, count_newlines(text) + open_lines);
    return batch;
  }

 private:
  BufferPool buffers_;
  BatchPool batches_;
};

/// The wanted bytes of a batch.
inline std::string text_of(const Batch& batch) {
  std::string text;
  batch.for_each_piece([&](std::string_view piece) { text += piece; });
  return text;
}

inline Value option_list(std::initializer_list<std::string> items) {
  std::vector<Value> values;
  for (const std::string& item : items) values.push_back(Value::scalar(item));
  return Value::list(std::move(values));
}

/// A type of stage with its surroundings.
class StageRig {
 public:
  using Options = std::vector<std::pair<std::string, Value>>;

  StageRig(void (*register_stage)(Registry&), Io& io = Io::system())
      : context_(io, Clock::system(), claims_) {
    register_stage(registry_);
  }

  StageContext& context() { return context_; }
  FileClaims& claims() { return claims_; }
  const StageType& type() const { return registry_.all().front(); }

  /// The codes of the mistakes in these options: "option.missing", ...
  std::vector<std::string> mistakes(const Options& options) const {
    Diagnostics diagnostics;
    type().bind(map_of(options), {}, diagnostics);
    std::vector<std::string> codes;
    for (const Diagnostic& diagnostic : diagnostics.all()) codes.push_back(diagnostic.code);
    return codes;
  }

  Result<Parts> try_parts(const Options& options) {
    Diagnostics diagnostics;
    const auto bound = type().bind(map_of(options), {}, diagnostics);
    if (!bound) throw std::logic_error(diagnostics.all().front().message);
    return bound->make_parts(context_);
  }
  Parts parts(const Options& options) {
    Result<Parts> made = try_parts(options);
    if (!made) throw std::logic_error(made.error().message);
    return std::move(made).value();
  }

 private:
  static Value map_of(const Options& options) {
    std::vector<Entry> entries;
    for (const auto& [key, value] : options) entries.push_back({key, {}, value});
    return Value::map(std::move(entries));
  }

  Registry registry_;
  FileClaims claims_;
  StageContext context_;
};

}  // namespace sluice
