/** The embedded Kafka broker, the declared topics and consumers of them. */
@NullMarked
package io.semblance.broker;

import org.jspecify.annotations.NullMarked;
