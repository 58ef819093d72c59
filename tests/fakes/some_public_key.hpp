#pragma once

#include <string>

namespace coupon {

/// An RSA key of 2048 bits, whose private half nobody has.
inline const std::string some_public_key = "-----BEGIN PUBLIC KEY-----\n"
                                           "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArbPUAd3H9/t0/p+Vztoi\n"
                                           "SYIjF3Z21uOsVBXgZE2ZpwlV2Kz8rwhMS0/Al+2uiTheA8MJ1p2U2AU28F0Dp6ox\n"
                                           "ATdEXFiK8ZRfU1p6RcbMpBnUi/MT1MSupp/bVVa8foBGoUyEFH2A67nt/jBzSSag\n"
                                           "s//TOhX45cLMjNf1T8v1snOXDX9ixKrALrRXMfPWeR3eqzNutWb+y5afXJJPm+1W\n"
                                           "Z/gqHItLu7csSZDgByVHCSlvr7Ao43MA64wO+NMj6pA4IYCXXy95ln7pddMjD/qU\n"
                                           "4vgtmS2mgINmLNVD/oM5RU8fnWSDJWZ1wKK0MybULl2xsL7tA1ar7LfQYdXZfUFh\n"
                                           "hQIDAQAB\n"
                                           "-----END PUBLIC KEY-----\n";

} // namespace coupon
