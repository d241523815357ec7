// What every device must do. A device's test includes this file and instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Null, DeviceConformance, ::testing::Values("null"));
#pragma once

#include "device/device.h"
#include "device/tactic.h"
#include "testing/bound_case.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/plan_runner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace tenon::internal::testing {

class DeviceConformance : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    device_ = open_test_device(GetParam());
    stream_ = device_->create_stream().value();
  }

  std::unique_ptr<Buffer> buffer(size_t bytes) {
    return device_->allocate(bytes, MemoryKind::kIo).value();
  }

  std::vector<std::byte> read(const void* data, size_t bytes) {
    std::vector<std::byte> host(bytes);
    EXPECT_THAT(stream_->copy(host.data(), data, bytes, CopyKind::kDeviceToHost), IsOk());
    EXPECT_THAT(stream_->synchronize(), IsOk());
    return host;
  }

  // A device copy of a tensor.
  std::unique_ptr<Buffer> upload(std::span<const std::byte> bytes) {
    std::unique_ptr<Buffer> copy = buffer(bytes.size());
    EXPECT_THAT(stream_->copy(copy->data(), bytes.data(), bytes.size(), CopyKind::kHostToDevice),
                IsOk());
    return copy;
  }

  std::shared_ptr<Device> device_;
  std::unique_ptr<Stream> stream_;
};

inline std::vector<std::byte> counted_bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
  return bytes;
}

TEST_P(DeviceConformance, AllocatesAlignedMemoryThatIsItsOwn) {
  for (const size_t bytes : {1U, 63U, 64U, 4097U}) {
    const auto block = buffer(bytes);
    EXPECT_EQ(block->size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block->data()) % kDeviceAlignment, 0U);
    EXPECT_TRUE(device_->owns(block->data(), bytes));
  }
  EXPECT_EQ(buffer(0)->size(), 0U);
}

TEST_P(DeviceConformance, CountsWhatItGivesOut) {
  const int64_t before = device_->account().current(MemoryKind::kPersistent);
  {
    const auto block = device_->allocate(1000, MemoryKind::kPersistent).value();
    EXPECT_EQ(device_->account().current(MemoryKind::kPersistent), before + 1000);
  }
  EXPECT_EQ(device_->account().current(MemoryKind::kPersistent), before);
  EXPECT_GE(device_->account().peak(), before + 1000);
}

TEST_P(DeviceConformance, RefusesMoreMemoryThanThereIs) {
  const int64_t before = device_->account().current();
  // Sizes that wrap around when they are rounded up are among them.
  for (const size_t bytes : {size_t{1} << 62, size_t{1} << 63, SIZE_MAX - 4095, SIZE_MAX - 63,
                             SIZE_MAX - 62, SIZE_MAX}) {
    EXPECT_THAT(device_->allocate(bytes, MemoryKind::kActivations),
                IsError(ErrorKind::kOutOfMemory, std::to_string(bytes)));
  }
  EXPECT_EQ(device_->account().current(), before);
}

TEST_P(DeviceConformance, CopiesInAcrossAndOut) {
  const std::vector<std::byte> bytes = counted_bytes(10'000);
  const auto first = upload(bytes);
  const auto second = buffer(bytes.size());
  ASSERT_THAT(stream_->copy(second->data(), first->data(), bytes.size(), CopyKind::kDeviceToDevice),
              IsOk());
  EXPECT_EQ(read(second->data(), bytes.size()), bytes);
  EXPECT_THAT(stream_->copy(nullptr, nullptr, 0, CopyKind::kHostToDevice), IsOk());
}

TEST_P(DeviceConformance, FillsARange) {
  const auto block = upload(std::vector<std::byte>(64));
  ASSERT_THAT(stream_->fill(static_cast<std::byte*>(block->data()) + 8, std::byte{0xAB}, 16),
              IsOk());
  const std::vector<std::byte> host = read(block->data(), 64);
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(host[i], i >= 8 && i < 24 ? std::byte{0xAB} : std::byte{0}) << i;
  }
}

TEST_P(DeviceConformance, RunsHostCallsInOrderAndReportsTheirErrorOnce) {
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(stream_->call([&order, i]() -> Status {
      order.push_back(i);
      if (i == 1) return Error(ErrorKind::kInvalidArgument, "the second call");
      return {};
    }),
                IsOk());
  }
  EXPECT_THAT(stream_->synchronize(), IsError(ErrorKind::kInvalidArgument, "the second call"));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  EXPECT_THAT(stream_->synchronize(), IsOk());
}

TEST_P(DeviceConformance, OrdersStreamsByEvents) {
  const auto event = device_->create_event().value();
  EXPECT_TRUE(event->done()) << "an event that was never recorded is done";
  const auto other = device_->create_stream().value();
  const std::vector<std::byte> bytes = counted_bytes(100);
  const auto source = upload(bytes);
  const auto target = buffer(bytes.size());
  ASSERT_THAT(stream_->record(*event), IsOk());
  ASSERT_THAT(other->wait(*event), IsOk());
  ASSERT_THAT(other->copy(target->data(), source->data(), bytes.size(), CopyKind::kDeviceToDevice),
              IsOk());
  ASSERT_THAT(other->synchronize(), IsOk());
  EXPECT_THAT(event->synchronize(), IsOk());
  EXPECT_TRUE(event->done());
  EXPECT_EQ(read(target->data(), bytes.size()), bytes);
}

TEST_P(DeviceConformance, MakesWeightsVisible) {
  auto bytes = std::make_shared<const std::vector<std::byte>>(counted_bytes(1000));
  const std::span<const std::byte> view = *bytes;
  const std::vector<std::byte> want = *bytes;
  const int64_t before = device_->account().current(MemoryKind::kWeights);
  {
    const DeviceBytes weights = device_->adopt_weights(view, std::move(bytes)).value();
    EXPECT_EQ(read(weights.data, want.size()), want);
    EXPECT_EQ(device_->account().current(MemoryKind::kWeights), before + 1000);
  }
  EXPECT_EQ(device_->account().current(MemoryKind::kWeights), before);
  EXPECT_THAT(device_->adopt_weights({}, nullptr), IsOk());
}

TEST_P(DeviceConformance, OutlivesItsHandle) {
  auto block = buffer(100);
  auto event = device_->create_event().value();
  device_.reset();
  EXPECT_THAT(stream_->fill(block->data(), std::byte{1}, 100), IsOk());
  EXPECT_THAT(stream_->record(*event), IsOk());
  EXPECT_THAT(stream_->synchronize(), IsOk());
}

TEST_P(DeviceConformance, EveryTacticAgreesWithTheReferenceOnEveryCase) {
  const auto pool = ThreadPool::create({}).value();
  size_t runs = 0;
  for (const OpCase& op_case : all_op_cases()) {
    const Result<OpCaseData> data = make_case(op_case);
    ASSERT_THAT(data, IsOk()) << op_case.op << "/" << op_case.name;
    const Result<std::vector<HostTensor>> want = run_reference(*data, *pool);
    ASSERT_THAT(want, IsOk()) << op_case.op << "/" << op_case.name;
    for (const Tactic& tactic : device_->tactics()) {
      if (op_case.sums_in_double && !tactic.last_resort) continue;
      for (const CaseVariant& variant : case_variants()) {
        if (!accepts(tactic, *data, variant, device_->info())) continue;
        SCOPED_TRACE(fmt::format("{}/{} on {}, {}", op_case.op, op_case.name, tactic.name,
                                 to_string(variant)));
        const Result<std::vector<HostTensor>> got = run_tactic(tactic, *data, device_, variant);
        ASSERT_THAT(got, IsOk());
        ASSERT_EQ(got->size(), want->size());
        for (size_t i = 0; i < want->size(); ++i) {
          EXPECT_TRUE(tensors_close((*got)[i].view(), (*want)[i].view(),
                                    tactic_tolerance(op_case, *data, (*want)[i].type())));
        }
        ++runs;
      }
    }
  }
  EXPECT_GT(runs, 0U);
}

}  // namespace tenon::internal::testing
