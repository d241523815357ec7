/// The whole API in one include.
#pragma once

#include <tenon/builder.h>
#include <tenon/device.h>
#include <tenon/engine.h>
#include <tenon/error.h>
#include <tenon/network.h>
#include <tenon/types.h>
