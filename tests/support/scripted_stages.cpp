#include "tests/support/scripted_stages.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

namespace sluice::scripted {
namespace {

constexpr std::chrono::milliseconds a_while{60};
constexpr ByteSize gather_buffer = 4_KiB;

struct NoOptions {};

template <class Hook>
Status call(const Hook& hook) {
  return hook ? hook() : Status(Done{});
}

class ScriptedLoader final : public Loader {
 public:
  explicit ScriptedLoader(std::function<Status(Batch&)> load) : load_(std::move(load)) {}
  Status load(Batch& batch) override { return load_(batch); }

 private:
  std::function<Status(Batch&)> load_;
};

class ScriptedSource final : public Source {
 public:
  explicit ScriptedSource(SourceScript script) : script_(std::move(script)) {}
  Status open(StageContext& /*context*/) override { return call(script_.open); }
  bool may_block() const override { return script_.may_block; }
  Result<Next> read(Batch& batch) override { return script_.read(batch); }
  std::unique_ptr<Loader> make_loader() override {
    return std::make_unique<ScriptedLoader>(script_.load);
  }
  void stop() noexcept override {
    if (script_.stop) script_.stop();
  }

 private:
  SourceScript script_;
};

class ScriptedTransform final : public Transform {
 public:
  explicit ScriptedTransform(std::function<Status(Batch&)> apply) : apply_(std::move(apply)) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override { return apply_(batch); }

 private:
  std::function<Status(Batch&)> apply_;
};

class ScriptedRewrite final : public Rewrite {
 public:
  using Call = std::function<Result<std::optional<std::size_t>>(const Batch&, std::span<char>)>;
  explicit ScriptedRewrite(Call rewrite) : rewrite_(std::move(rewrite)) {}
  Result<std::optional<std::size_t>> rewrite(const Batch& batch, std::span<char> out) override {
    return rewrite_(batch, out);
  }

 private:
  Call rewrite_;
};

class ScriptedGather final : public Gather {
 public:
  explicit ScriptedGather(GatherScript script) : script_(std::move(script)) {}
  Result<Step> gather(const Batch& in, std::uint64_t position, Batch& out) override {
    return script_.gather(in, position, out);
  }
  Result<bool> finish(Batch& out) override {
    return script_.finish ? script_.finish(out) : Result<bool>(false);
  }

 private:
  GatherScript script_;
};

class ScriptedExpander final : public Expander {
 public:
  explicit ScriptedExpander(ExpanderScript script) : script_(std::move(script)) {}
  Result<Next> expand(const Batch& in, Batch& out) override { return script_.expand(in, out); }
  Result<Next> finish(Batch& out) override {
    return script_.finish ? script_.finish(out) : Result<Next>(Next::finished);
  }
  bool passes(const Batch& in) override { return script_.passes && script_.passes(in); }

 private:
  ExpanderScript script_;
};

class ScriptedObserver final : public Observer {
 public:
  ScriptedObserver(ObserverScript script, const StageContext& context)
      : script_(std::move(script)), context_(context) {}
  Status open(StageContext& /*context*/) override { return call(script_.open); }
  bool may_block() const override { return script_.may_block; }
  Status observe(const Batch& batch) override { return script_.observe(batch, context_); }
  Status finish() override { return call(script_.finish); }
  void stop() noexcept override {
    if (script_.stop) script_.stop();
  }

 private:
  ObserverScript script_;
  const StageContext& context_;
};

class ScriptedSink final : public Sink {
 public:
  ScriptedSink(SinkScript script, const StageContext& context)
      : script_(std::move(script)), context_(context) {}
  Status open(StageContext& /*context*/) override { return call(script_.open); }
  bool may_block() const override { return script_.may_block; }
  Result<Next> write(const Batch& batch) override { return script_.write(batch, context_); }
  Status flush() override { return call(script_.flush); }
  Status end_input() override { return call(script_.end_input); }
  Status finish() override { return call(script_.finish); }
  void abandon() noexcept override {
    if (script_.abandon) script_.abandon();
  }
  void stop() noexcept override {
    if (script_.stop) script_.stop();
  }

 private:
  SinkScript script_;
  const StageContext& context_;
};

/// A type without options, of the one part that `make_part` makes.
template <class MakePart>
StageType one_part(Role role, std::string name, MakePart make_part) {
  return Declare<NoOptions>(role, std::move(name), "Does what the test says.")
      .make([make_part](const NoOptions&, StageContext& context) -> Result<Parts> {
        Parts parts;
        parts.add(make_part(context));
        return parts;
      })
      .done();
}

/// A factory of instances that asks `make` first.
template <class Contract, class MakeInstance>
std::function<Result<std::unique_ptr<Contract>>()> factory(const MakeHook& make,
                                                           MakeInstance make_instance) {
  return [make, make_instance]() -> Result<std::unique_ptr<Contract>> {
    Status status = call(make);
    if (!status) return std::move(status).error();
    return std::unique_ptr<Contract>(make_instance());
  };
}

}  // namespace

std::uint64_t Count::add() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
  return ++count_;
}

std::uint64_t Count::value() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool Count::reaches(std::uint64_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return count_ >= count; });
}

bool Count::stays_at(std::uint64_t count) const {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, a_while, [&] { return count_ != count; });
}

void Valve::open() {
  const std::lock_guard lock(mutex_);
  is_open_ = true;
  opened_.notify_all();
}

void Valve::pass(const StageContext& context) {
  std::unique_lock lock(mutex_);
  while (!is_open_ && !context.stop_requested()) {
    opened_.wait_for(lock, std::chrono::milliseconds(1));
  }
}

void fill(Batch& batch, std::string_view text) {
  Buffer& buffer = *batch.buffer();
  std::memcpy(buffer.data(), text.data(), text.size());
  buffer.seal(text.size());
  batch.set_bytes({buffer.data(), text.size()},
                  static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
}

Error error_saying(std::string message) {
  Error error;
  error.code = ErrorCode::io;
  error.message = std::move(message);
  return error;
}

StageType source(std::string name, SourceScript script) {
  const bool has_loader = script.load != nullptr;
  return one_part(Role::source, std::move(name),
                  [script = std::move(script), has_loader](StageContext&) {
                    return SourcePart{std::make_unique<ScriptedSource>(script), {}, has_loader};
                  });
}

StageType transform(std::string name, std::function<Status(Batch&)> apply, MakeHook make) {
  return one_part(Role::transform, std::move(name),
                  [apply = std::move(apply), make = std::move(make)](StageContext&) {
                    return TransformPart{factory<Transform>(
                        make, [apply] { return std::make_unique<ScriptedTransform>(apply); })};
                  });
}

StageType buffer(std::string name, ByteSize size) {
  return one_part(Role::transform, std::move(name), [size](StageContext&) {
    TransformPart part{factory<Transform>(nullptr, [] {
      return std::make_unique<ScriptedTransform>([](Batch&) -> Status { return Done{}; });
    })};
    part.more_under_way = size;
    return part;
  });
}

StageType rewrite(
    std::string name,
    std::function<Result<std::optional<std::size_t>>(const Batch&, std::span<char>)> rewrite) {
  return one_part(Role::transform, std::move(name), [rewrite = std::move(rewrite)](StageContext&) {
    return RewritePart{
        factory<Rewrite>(nullptr, [rewrite] { return std::make_unique<ScriptedRewrite>(rewrite); }),
        [](std::size_t input) { return input; }};
  });
}

StageType gather(std::string name, GatherScript script) {
  return one_part(Role::transform, std::move(name), [script = std::move(script)](StageContext&) {
    return GatherPart{std::make_unique<ScriptedGather>(script), gather_buffer};
  });
}

StageType expander(std::string name, ExpanderScript script) {
  return one_part(Role::transform, std::move(name), [script = std::move(script)](StageContext&) {
    return ExpanderPart{std::make_unique<ScriptedExpander>(script)};
  });
}

StageType observer(std::string name, ObserverScript script) {
  return one_part(Role::transform, std::move(name),
                  [script = std::move(script)](const StageContext& context) {
                    return ObserverPart{std::make_unique<ScriptedObserver>(script, context)};
                  });
}

StageType sink(std::string name, SinkScript script) {
  return one_part(Role::sink, std::move(name),
                  [script = std::move(script)](const StageContext& context) {
                    return SinkPart{std::make_unique<ScriptedSink>(script, context)};
                  });
}

StageType duplex(std::string name, SinkScript input, SourceScript output) {
  return Declare<NoOptions>(Role::duplex, std::move(name), "Does what the test says.")
      .make([input = std::move(input), output = std::move(output)](
                const NoOptions&, StageContext& context) -> Result<Parts> {
        Parts parts;
        parts.add(SinkPart{std::make_unique<ScriptedSink>(input, context)});
        parts.add(SourcePart{std::make_unique<ScriptedSource>(output), {}, output.load != nullptr});
        return parts;
      })
      .done();
}

StageType parallel_sink(std::string name, SinkScript script, MakeHook make) {
  return one_part(
      Role::sink, std::move(name),
      [script = std::move(script), make = std::move(make)](const StageContext& context) {
        return ParallelSinkPart{factory<Sink>(
            make, [script, &context] { return std::make_unique<ScriptedSink>(script, context); })};
      });
}

SourceScript numbers(Count& reads, std::uint64_t total) {
  SourceScript script;
  script.read = [&reads, total](Batch& batch) -> Result<Next> {
    if (total > 0 && reads.value() == total) return Next::finished;
    fill(batch, std::to_string(reads.add() - 1) + "\n");
    return Next::again;
  };
  return script;
}

PipelineSpec pipeline(std::string name, const std::vector<Step>& steps) {
  PipelineSpec spec;
  spec.name.text = std::move(name);
  for (const Step& step : steps) {
    StageSpec stage;
    stage.type.text = step.type;
    stage.role_from_registry = true;
    for (const std::string& from : step.from) stage.from.push_back({from, {}});
    if (!step.when_full.empty()) stage.when_full = MarkedText{step.when_full, {}};
    spec.stages.push_back(std::move(stage));
  }
  return spec;
}

Plan Bench::plan(std::vector<PipelineSpec> pipelines, unsigned tokens) {
  GraphSpec spec;
  spec.engine.threads = threads_;
  spec.engine.tokens = tokens;
  spec.engine.buffer = buffer;
  spec.pipelines = std::move(pipelines);
  Diagnostics diagnostics;
  std::optional<Plan> plan = make_plan(spec, registry_, environment(), {}, diagnostics);
  if (!plan) throw std::logic_error(diagnostics.all().front().message);
  return std::move(*plan);
}

Running::Running(Bench& bench, PipelineSpec spec, unsigned tokens)
    : environment_(bench.environment()),
      plan_(bench.plan({std::move(spec)}, tokens)),
      arena_(plan_.threads),
      run_(plan_.pipelines.front(), environment_, arena_) {
  run_.open_sources();
  run_.open_sinks();
  thread_ = std::thread([this] { outcome_ = run_.run(); });
}

Running::~Running() {
  if (thread_.joinable()) run_.abort();
  end();
}

const Gate& Running::gate(std::string_view stage) const {
  for (const auto& gate : run_.gates()) {
    if (gate->name() == stage) return *gate;
  }
  throw std::logic_error("stage '" + std::string(stage) + "' has no gate");
}

Outcome Running::end() {
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

}  // namespace sluice::scripted
