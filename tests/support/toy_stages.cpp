#include "tests/support/toy_stages.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

namespace sluice::toy {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint64_t hash(const std::string& text, std::uint64_t salt) {
  std::uint64_t h = mix(salt);
  for (const char c : text) h = mix(h ^ static_cast<unsigned char>(c));
  return h;
}

/// Works for about `us` microseconds, as a body would: on the CPU.
void spin(std::uint64_t us) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(us);
  while (us > 0 && std::chrono::steady_clock::now() < end) {
  }
}

// --- Source --------------------------------------------------------------------------------------

struct SourceOptions {
  std::uint64_t batches = 10;
  std::uint64_t seed = 1;
  bool loader = false;
  bool thread = false;
};

struct BatchNumber {
  std::uint64_t seed = 0;
  std::uint64_t batch = 0;
};

class ToyLoader final : public Loader {
 public:
  Status load(Batch& batch) override {
    const auto* number = static_cast<const BatchNumber*>(batch.work().get());
    fill(batch, source_records(number->seed, number->batch));
    return Done{};
  }
};

class ToySource final : public Source {
 public:
  explicit ToySource(SourceOptions options) : options_(options) {}
  bool may_block() const override { return options_.thread; }
  Result<Next> read(Batch& batch) override {
    if (next_ == options_.batches) return Next::finished;
    if (options_.loader) {
      batch.set_work(std::make_shared<BatchNumber>(BatchNumber{options_.seed, next_}), 1);
    } else {
      fill(batch, source_records(options_.seed, next_));
    }
    ++next_;
    return Next::again;
  }
  std::unique_ptr<Loader> make_loader() override { return std::make_unique<ToyLoader>(); }

 private:
  SourceOptions options_;
  std::uint64_t next_ = 0;
};

// --- Transforms ----------------------------------------------------------------------------------

template <class Keep>
void thin(Batch& batch, Keep keep) {
  batch.make_table();
  std::vector<std::uint32_t> rows;
  for (const std::uint32_t row : batch.selection()) {
    if (keep(std::string(batch.text(batch.rows()[row])))) rows.push_back(row);
  }
  batch.keep_rows(rows);
}

struct KeepOptions {
  std::uint64_t one_in = 2;
  std::uint64_t salt = 0;
  std::uint64_t spin_us = 0;
};

class Keep final : public Transform {
 public:
  explicit Keep(KeepOptions options) : options_(options) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    spin(options_.spin_us);
    thin(batch, [&](const std::string& r) { return kept(r, options_.one_in, options_.salt); });
    return Done{};
  }

 private:
  KeepOptions options_;
};

struct FailOptions {
  std::string record;
};

class FailAt final : public Transform {
 public:
  explicit FailAt(FailOptions options) : options_(std::move(options)) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    for (const std::string& record : records_of(batch)) {
      if (record != options_.record) continue;
      if (record.size() % 2 == 0) throw std::runtime_error("thrown at " + record);
      Error error;
      error.code = ErrorCode::io;
      error.message = "failed at " + record;
      return error;
    }
    return Done{};
  }

 private:
  FailOptions options_;
};

struct MultiplyOptions {
  std::uint64_t most = 3;
  std::uint64_t salt = 0;
};

class Multiply final : public Expander {
 public:
  explicit Multiply(MultiplyOptions options) : options_(options) {}
  Result<Next> expand(const Batch& in, Batch& out) override {
    if (!busy_) {
      left_.clear();
      for (const std::string& record : records_of(in)) {
        for (std::string& copy : multiplied(record, options_.most, options_.salt)) {
          left_.push_back(std::move(copy));
        }
      }
      busy_ = true;
    }
    const std::size_t count = std::min(left_.size(), multiply_records_per_output);
    fill(out, {left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count)});
    left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
    busy_ = !left_.empty();
    return busy_ ? Next::again : Next::input;
  }

 private:
  MultiplyOptions options_;
  bool busy_ = false;
  std::vector<std::string> left_;
};

struct PackOptions {
  std::uint64_t bytes = 64;
};

class Pack final : public Gather {
 public:
  explicit Pack(PackOptions options) : options_(options) {}
  Result<Step> gather(const Batch& in, std::uint64_t position, Batch& out) override {
    std::string wanted;
    in.for_each_piece([&](std::string_view piece) { wanted += piece; });
    Buffer& buffer = *out.buffer();
    while (position < wanted.size()) {
      const std::size_t end = wanted.find('\n', position) + 1;
      if (used_ + (end - position) > options_.bytes) {
        close(out);
        return Step{position, true};
      }
      std::memcpy(buffer.data() + used_, wanted.data() + position, end - position);
      used_ += end - position;
      ++records_;
      position = end;
    }
    return Step{position, false};
  }
  Result<bool> finish(Batch& out) override {
    const bool any = used_ > 0;
    close(out);
    return any;
  }

 private:
  void close(Batch& out) {
    out.buffer()->seal(used_);
    out.set_bytes({out.buffer()->data(), used_}, records_);
    used_ = 0;
    records_ = 0;
  }

  PackOptions options_;
  std::size_t used_ = 0;
  std::uint64_t records_ = 0;
};

// --- Observer ------------------------------------------------------------------------------------

struct WatchOptions {
  std::string name;
  std::uint64_t spin_us = 0;
  bool thread = false;
};

class Watch final : public Observer {
 public:
  explicit Watch(WatchOptions options) : options_(std::move(options)) {}
  bool may_block() const override { return options_.thread; }
  Status observe(const Batch& batch) override {
    spin(options_.spin_us);
    Collected::instance().add(options_.name, records_of(batch));
    return Done{};
  }
  Status finish() override {
    Collected::instance().finish(options_.name, true);
    return Done{};
  }

 private:
  WatchOptions options_;
};

// --- Sink ----------------------------------------------------------------------------------------

struct CollectOptions {
  std::string name;
  bool ordered = true;
  std::uint64_t spin_us = 0;
  bool thread = false;
};

class Collect final : public Sink {
 public:
  explicit Collect(CollectOptions options) : options_(std::move(options)) {}
  bool may_block() const override { return options_.thread; }
  Result<Next> write(const Batch& batch) override {
    spin(options_.spin_us);
    Collected::instance().add(options_.name, records_of(batch));
    return Next::again;
  }
  Status finish() override {
    Collected::instance().finish(options_.name, true);
    return Done{};
  }
  void abandon() noexcept override { Collected::instance().finish(options_.name, false); }

 private:
  CollectOptions options_;
};

template <class Part>
Parts one(Part part) {
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

template <class Stage, class Options>
std::function<Result<Parts>(const Options&, StageContext&)> transform() {
  return [](const Options& options, StageContext& /*context*/) -> Result<Parts> {
    return one(TransformPart{[options]() -> Result<std::unique_ptr<Transform>> {
      return std::unique_ptr<Transform>(std::make_unique<Stage>(options));
    }});
  };
}

}  // namespace

std::vector<std::string> source_records(std::uint64_t seed, std::uint64_t batch) {
  std::vector<std::string> records;
  const std::uint64_t count = mix(seed * 1000003 + batch) % 7;
  for (std::uint64_t i = 0; i < count; ++i) {
    records.push_back(std::to_string(seed) + "-" + std::to_string(batch) + "." + std::to_string(i));
  }
  return records;
}

bool kept(const std::string& record, std::uint64_t one_in, std::uint64_t salt) {
  return hash(record, salt) % one_in == 0;
}

std::uint64_t dealt(const std::string& record, std::uint64_t ways, std::uint64_t salt) {
  return hash(record, salt) % ways;
}

std::vector<std::string> multiplied(const std::string& record, std::uint64_t most,
                                    std::uint64_t salt) {
  std::vector<std::string> copies;
  const std::uint64_t count = hash(record, salt) % (most + 1);
  for (std::uint64_t i = 0; i < count; ++i) copies.push_back(record + "'" + std::to_string(i));
  return copies;
}

std::vector<std::string> records_of(const Batch& batch) {
  std::vector<std::string> records;
  batch.for_each_piece([&](std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      records.emplace_back(piece.substr(0, end));
      piece.remove_prefix(std::min(piece.size(), end + 1));
    }
  });
  return records;
}

void fill(Batch& batch, const std::vector<std::string>& records) {
  std::string text;
  for (const std::string& record : records) text += record + "\n";
  Buffer& buffer = *batch.buffer();
  std::memcpy(buffer.data(), text.data(), text.size());
  buffer.seal(text.size());
  batch.set_bytes({buffer.data(), text.size()}, records.size());
}

Collected& Collected::instance() {
  static Collected collected;
  return collected;
}

void Collected::clear() {
  const std::lock_guard lock(mutex_);
  sinks_.clear();
}

bool Collected::empty() const {
  const std::lock_guard lock(mutex_);
  return sinks_.empty();
}

Collected::Sink& Collected::find(const std::string& name) {
  for (auto& [key, sink] : sinks_) {
    if (key == name) return sink;
  }
  return sinks_.emplace_back(name, Sink{}).second;
}

void Collected::add(const std::string& sink, std::vector<std::string> records) {
  const std::lock_guard lock(mutex_);
  auto& all = find(sink).records;
  all.insert(all.end(), std::make_move_iterator(records.begin()),
             std::make_move_iterator(records.end()));
}

void Collected::finish(const std::string& sink, bool success) {
  const std::lock_guard lock(mutex_);
  (success ? find(sink).finished : find(sink).abandoned) = true;
}

Collected::Sink Collected::of(const std::string& sink) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, value] : sinks_) {
    if (key == sink) return value;
  }
  return {};
}

void register_toys(Registry& registry) {
  registry.add(
      Declare<SourceOptions>(Role::source, "toy", "Makes small batches of records.")
          .option("batches", &SourceOptions::batches, "How many.")
          .option("seed", &SourceOptions::seed, "What they are.")
          .option("loader", &SourceOptions::loader, "Fill them in parallel.")
          .option("thread", &SourceOptions::thread, "Read on a thread of its own.")
          .make([](const SourceOptions& options, StageContext&) -> Result<Parts> {
            return one(SourcePart{std::make_unique<ToySource>(options), {}, options.loader});
          })
          .done());
  registry.add(
      Declare<KeepOptions>(Role::transform, "keep", "Keeps one record in so many.")
          .option("one_in", &KeepOptions::one_in, "How many.", between<std::uint64_t>(1, 100))
          .option("salt", &KeepOptions::salt, "Which.")
          .option("spin_us", &KeepOptions::spin_us, "Work per batch.")
          .make(transform<Keep, KeepOptions>())
          .done());
  registry.add(Declare<FailOptions>(Role::transform, "fail_at", "Fails at one record.")
                   .required("record", &FailOptions::record, "Its text.")
                   .make(transform<FailAt, FailOptions>())
                   .done());
  register_toy_outputs(registry);
  register_toy_duplex(registry);
  register_toy_peers(registry);
  registry.add(Declare<MultiplyOptions>(Role::transform, "multiply", "Copies records.")
                   .option("most", &MultiplyOptions::most, "Copies at most.")
                   .option("salt", &MultiplyOptions::salt, "How many.")
                   .make([](const MultiplyOptions& options, StageContext&) -> Result<Parts> {
                     return one(ExpanderPart{std::make_unique<Multiply>(options)});
                   })
                   .done());
  registry.add(Declare<PackOptions>(Role::transform, "pack", "Gathers records.")
                   .option("bytes", &PackOptions::bytes, "Size of an output.")
                   .make([](const PackOptions& options, StageContext&) -> Result<Parts> {
                     return one(GatherPart{std::make_unique<Pack>(options), {4096}});
                   })
                   .done());
  registry.add(Declare<WatchOptions>(Role::transform, "watch", "Remembers records that pass.")
                   .required("name", &WatchOptions::name, "Under which name.")
                   .option("spin_us", &WatchOptions::spin_us, "Work per batch.")
                   .option("thread", &WatchOptions::thread, "On a thread of its own.")
                   .make([](const WatchOptions& options, StageContext&) -> Result<Parts> {
                     return one(ObserverPart{std::make_unique<Watch>(options)});
                   })
                   .done());
  registry.add(Declare<CollectOptions>(Role::sink, "collect", "Remembers records.")
                   .required("name", &CollectOptions::name, "Under which name.")
                   .option("ordered", &CollectOptions::ordered, "In order.")
                   .option("spin_us", &CollectOptions::spin_us, "Work per batch.")
                   .option("thread", &CollectOptions::thread, "On a thread of its own.")
                   .make([](const CollectOptions& options, StageContext&) -> Result<Parts> {
                     return one(SinkPart{std::make_unique<Collect>(options), options.ordered});
                   })
                   .done());
}

}  // namespace sluice::toy
