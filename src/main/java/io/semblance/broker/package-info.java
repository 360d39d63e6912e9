/** The embedded Kafka broker and the declared topics. */
@NullMarked
package io.semblance.broker;

import org.jspecify.annotations.NullMarked;
