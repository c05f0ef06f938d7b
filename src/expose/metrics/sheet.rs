//! Families of metrics, written one after the other. One that has no value at the moment is named all the same, without a
//! sample: what there could be does not change with what is so.

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt::Result;

/// A family: its name without unit and suffix, and what it means.
pub(super) struct About {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
}

pub(super) fn about(name: &'static str, help: &'static str) -> About {
    About { name, help, unit: None }
}

pub(super) fn seconds(name: &'static str, help: &'static str) -> About {
    About { name, help, unit: Some(Unit::Seconds) }
}

pub(super) fn bytes(name: &'static str, help: &'static str) -> About {
    About { name, help, unit: Some(Unit::Bytes) }
}

pub(super) struct Sheet<'e>(pub(super) DescriptorEncoder<'e>);

impl Sheet<'_> {
    pub(super) fn gauge(&mut self, about: &About, value: Option<impl EncodeGaugeValue>) -> Result {
        let mut family = self.family(about, MetricType::Gauge)?;
        value.map_or(Ok(()), |value| family.encode_gauge(&value))
    }

    pub(super) fn counter(&mut self, about: &About, value: Option<impl EncodeCounterValue>) -> Result {
        let mut family = self.family(about, MetricType::Counter)?;
        value.map_or(Ok(()), |value| family.encode_counter::<NoLabelSet, _, u64>(&value, None))
    }

    pub(super) fn gauges<L: EncodeLabelSet, N: EncodeGaugeValue>(
        &mut self,
        about: &About,
        values: impl IntoIterator<Item = (L, N)>,
    ) -> Result {
        let mut family = self.family(about, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(labels, value)| family.encode_family(&labels)?.encode_gauge(&value))
    }

    pub(super) fn counters<L: EncodeLabelSet, N: EncodeCounterValue>(
        &mut self,
        about: &About,
        values: impl IntoIterator<Item = (L, N)>,
    ) -> Result {
        let mut family = self.family(about, MetricType::Counter)?;
        values.into_iter().try_for_each(|(labels, value)| {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
        })
    }

    pub(super) fn info<L: EncodeLabelSet>(&mut self, about: &About, labels: &L) -> Result {
        self.family(about, MetricType::Info)?.encode_info(labels)
    }

    fn family<'s>(
        &'s mut self,
        about: &'s About,
        kind: MetricType,
    ) -> std::result::Result<MetricEncoder<'s>, std::fmt::Error> {
        self.0.encode_descriptor(about.name, about.help, about.unit.as_ref(), kind)
    }
}
